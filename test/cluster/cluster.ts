// The cluster that run.sh has brought up, as the tests see it: pods and what the agent says of them, and a client that asks the world.
import { eventually } from '../kit/eventually.ts'
import { type Answer, Asker, askerArgv } from '../kit/question.ts'
import { Deployment } from './deployment.ts'
import { Kubectl, type KubeObject } from './kubectl.ts'
import { makeLan } from './lan.ts'
import { tools } from './manifests.ts'
import { type Ended, Node } from './node.ts'

export class Cluster extends Kubectl {
  readonly agent = new Deployment(this)
  #asker: Asker | undefined

  /** Opens it, with the agent deployed, a client pod, and a server on the far side of the LAN's gateway. */
  static async open(t: Ended, folder?: string): Promise<Cluster> {
    const cluster = new Cluster(new Node(t))
    await makeLan(cluster.node)
    await cluster.agent.deploy(folder)
    await cluster.#startClient()
    return cluster
  }

  async ready(pod: string, seconds = 60): Promise<KubeObject> {
    await this.kubectl(['wait', '--for=condition=Ready', `pod/${pod}`, `--timeout=${seconds}s`])
    return this.read([`pod/${pod}`])
  }

  /** The agent's word on a pod: `egress-router.io/status`. */
  async status(pod: string): Promise<{ phase?: string; message?: string }> {
    const { metadata } = await this.read([`pod/${pod}`])
    return JSON.parse(metadata.annotations?.['egress-router.io/status'] ?? '{}')
  }

  async phase(pod: string, phase: string, seconds = 30): Promise<boolean> {
    return eventually(async () => (await this.status(pod)).phase === phase, seconds)
  }

  /** Events on a pod: those of the agent, or those whose reason begins otherwise. */
  async events(pod: string, reason = 'Egress'): Promise<KubeObject[]> {
    const { metadata } = await this.read([`pod/${pod}`])
    const { items } = await this.read<{ items: KubeObject[] }>(['events'])
    return items.filter(event => event.involvedObject?.uid === metadata.uid && event.reason?.startsWith(reason))
  }

  /** The network namespace of a pod, as the container runtime tells it. */
  async namespaceOf(pod: string): Promise<string> {
    const { metadata } = await this.read([`pod/${pod}`])
    const path = await eventually(async () => {
      const sandbox = (await this.node.runtime.sandboxes().catch(() => [])).find(({ podUid }) => podUid === metadata.uid)
      return sandbox && this.node.runtime.namespaceOf(sandbox.id).catch(() => undefined)
    })
    if (!path) throw new Error(`pod ${pod} has no network namespace`)
    return path
  }

  /** A question of the client pod to the world. */
  async ask(protocol: 'tcp' | 'udp', address: string, port: number, patience = 5000, tries = 20): Promise<Answer> {
    if (!this.#asker) throw new Error('the client has not been started')
    return this.#asker.ask({ protocol, address, port, patience, tries })
  }

  /** Lets the node do for a Service what kube-proxy would do: the laboratory has none. */
  async serveService(name: string): Promise<string> {
    const { spec } = await this.read([`service/${name}`])
    const { items } = { items: [await this.read<{ subsets?: { addresses?: { ip: string }[] }[] }>([`endpoints/${name}`])] }
    const pod = items[0]?.subsets?.[0]?.addresses?.[0]?.ip
    const address = spec?.clusterIP
    const rules = [
      'table ip test_services',
      'delete table ip test_services',
      `table ip test_services { chain pre { type nat hook prerouting priority -101; ip daddr ${address} dnat to ${pod}; }`,
      'chain post { type nat hook postrouting priority 101; iifname "cni0" ct status dnat masquerade; }; }'
    ]
    await this.node.processes.must(this.node.in('node', ['nft', '-f', '-']), { input: rules.join('\n') })
    return address as string
  }

  async deletePods(...names: string[]): Promise<void> {
    await this.kubectl(['delete', 'pod', '--ignore-not-found', '--force', '--grace-period=0', ...names])
  }

  async #startClient(): Promise<void> {
    const container = { name: 'client', image: tools, imagePullPolicy: 'Never', command: ['sleep', '3600'] }
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'client' },
      spec: { terminationGracePeriodSeconds: 0, containers: [container] }
    }
    await this.kubectl(['apply', '-f', '-'], JSON.stringify(pod))
    await this.ready('client')
    await this.moveClient()
  }

  /** The client's program in the network of its pod, as that is now. */
  async moveClient(): Promise<void> {
    const namespace = await this.namespaceOf('client')
    this.#asker = new Asker(this.node.processes.start(['nsenter', `--net=${namespace}`, ...askerArgv], { seconds: 900 }))
  }
}
