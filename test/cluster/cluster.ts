// The cluster that run.sh has brought up, as the tests see it: kubectl, the LAN around the node, and the programs of the node.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { openRuntime, type Runtime } from '../../src/kubernetes/cri.ts'
import { eventually } from '../kit/eventually.ts'
import { Processes, root } from '../kit/process.ts'
import { type Answer, Asker, askerArgv } from '../kit/question.ts'
import { example, onNode, withLocalImages } from './manifests.ts'

const { EGRESS_CLUSTER, EGRESS_CLUSTER_PREFIX = '' } = process.env

/** Why there is nothing to test, for tap's option `skip`. */
export const skip = EGRESS_CLUSTER ? false : 'no cluster is here: npm run test:cluster brings one up'

export const tools = 'localhost/egress-lab:tools'

interface Ended {
  after(hook: () => unknown): void
}

export interface KubeObject {
  readonly kind?: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid: string
    readonly annotations?: Record<string, string>
  }
  readonly status?: { readonly phase?: string; readonly podIP?: string; readonly conditions?: { type: string; status: string }[] }
  readonly spec?: { readonly clusterIP?: string }
  readonly involvedObject?: { readonly name: string; readonly uid: string }
  readonly reason?: string
  readonly message?: string
  readonly count?: number
}

export class Cluster {
  readonly folder = EGRESS_CLUSTER ?? ''
  readonly processes = new Processes()
  readonly runtime: Runtime
  #asker: Asker | undefined

  constructor(t: Ended) {
    this.runtime = openRuntime(join(this.folder, 'containerd.sock'))
    t.after(async () => {
      this.runtime[Symbol.dispose]()
      await this.processes.endAll()
    })
  }

  /** Opens it, with the agent deployed, a client pod, and a server on the far side of the LAN's gateway. */
  static async open(t: Ended, folder?: string): Promise<Cluster> {
    const cluster = new Cluster(t)
    await cluster.#makeLan()
    await cluster.deployAgent(folder)
    await cluster.#startClient()
    return cluster
  }

  inNode(argv: readonly string[]): string[] {
    return ['nsenter', `--net=/run/netns/${EGRESS_CLUSTER_PREFIX}node`, ...argv]
  }

  inHost(host: string, argv: readonly string[]): string[] {
    return ['nsenter', `--net=/run/netns/${EGRESS_CLUSTER_PREFIX}${host}`, ...argv]
  }

  kubectlArgv(argv: readonly string[]): string[] {
    return this.inNode(['kubectl', '--kubeconfig', join(this.folder, 'admin.conf'), ...argv])
  }

  async kubectl(argv: readonly string[], input = ''): Promise<string> {
    return this.processes.must(this.kubectlArgv(argv), { input, seconds: 90 })
  }

  /** What kubectl said, whatever came of it. */
  async tryKubectl(argv: readonly string[], input = ''): Promise<{ readonly code: number | null; readonly output: string }> {
    return this.processes.run(this.kubectlArgv(argv), { input, seconds: 90 })
  }

  async read<T = KubeObject>(argv: readonly string[]): Promise<T> {
    return JSON.parse(await this.kubectl(['get', '-o', 'json', ...argv]))
  }

  /** Applies an example of deploy/examples as it is, but for the images. */
  async applyExample(file: string): Promise<void> {
    await this.apply(example(file))
  }

  async apply(yaml: string): Promise<void> {
    await this.kubectl(['apply', '-f', '-'], withLocalImages(yaml))
  }

  /** Makes an object; unlike `apply` it leaves no copy of it in an annotation. */
  async create(json: string): Promise<void> {
    await this.kubectl(['create', '-f', '-'], json)
  }

  /** Applies what kustomize makes of a folder of deploy/. */
  async deployAgent(folder = 'kustomize'): Promise<void> {
    const manifests = await this.processes.must(['kubectl', 'kustomize', join(root, 'deploy', folder)])
    await this.kubectl(['apply', '-f', '-'], onNode(manifests, this.folder))
    await this.#rolledOut('egress-router')
  }

  /** Takes the agent away, and lets it come back when `there` is true. */
  async setAgentThere(there: boolean): Promise<void> {
    const body = { spec: { template: { spec: { nodeSelector: { 'kubernetes.io/os': there ? 'linux' : 'none' } } } } }
    await this.kubectl(['-n', 'egress-router', 'patch', 'daemonset', 'egress-router', '-p', JSON.stringify(body)])
    if (there) await this.#rolledOut('egress-router')
    else if (!(await eventually(async () => (await this.agentPid()) === undefined, 30))) throw new Error('the agent does not end')
  }

  /** As docs/agent.md says it: the agent first, then its plugin on every node. */
  async uninstallPlugin(): Promise<void> {
    await this.kubectl(['-n', 'egress-router', 'delete', 'daemonset', 'egress-router', '--ignore-not-found', '--cascade=foreground'])
    await this.kubectl(['apply', '-f', '-'], onNode(example('uninstall-cni.yaml'), this.folder))
    await this.#rolledOut('egress-router-uninstall-cni')
    await this.kubectl(['-n', 'egress-router', 'delete', 'daemonset', 'egress-router-uninstall-cni'])
  }

  async #rolledOut(name: string): Promise<void> {
    await this.kubectl(['-n', 'egress-router', 'rollout', 'status', `daemonset/${name}`, '--timeout=60s'])
  }

  async setPolicy(yaml: string): Promise<void> {
    const body = JSON.stringify({ data: { 'policy.yaml': yaml } })
    await this.kubectl(['-n', 'egress-router', 'patch', 'configmap', 'egress-router-policy', '--type=merge', '-p', body])
    // the kubelet exchanges the file, and the agent reads it: its log tells how many rules it read last
    const rules = String(yaml.split('namespaces:').length - 1)
    const last = async () => [...(await this.agentLog()).matchAll(/"rules":(\d+)/g)].at(-1)?.[1]
    if (!(await eventually(async () => (await last()) === rules, 30)))
      throw new Error(`the agent never read the policy:\n${await this.agentLog()}`)
  }

  async agentLog(): Promise<string> {
    return (await this.tryKubectl(['-n', 'egress-router', 'logs', 'daemonset/egress-router', '--tail=200'])).output
  }

  async agentSays(pattern: RegExp, seconds = 30): Promise<void> {
    const said = await eventually(async () => pattern.test(await this.agentLog()), seconds)
    if (!said) throw new Error(`the agent never said ${pattern}:\n${await this.agentLog()}`)
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
      const sandbox = (await this.runtime.sandboxes().catch(() => [])).find(({ podUid }) => podUid === metadata.uid)
      return sandbox && this.runtime.namespaceOf(sandbox.id).catch(() => undefined)
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
    await this.processes.must(this.inNode(['nft', '-f', '-']), { input: rules.join('\n') })
    return address as string
  }

  /** Id of a program of the node that cluster.sh has started. */
  pidOf(program: string): number {
    return Number(readFileSync(join(this.folder, `${program}.pid`), 'utf8'))
  }

  /** Kills a program of the node; gives what starts it again exactly as it was. */
  async kill(program: string): Promise<() => Promise<void>> {
    const pid = this.pidOf(program)
    if (!readlinkSync(`/proc/${pid}/exe`).endsWith(`/${program}`)) throw new Error(`process ${pid} is not ${program}`)
    const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
    process.kill(pid, 'SIGKILL')
    await eventually(async () => !existsSync(`/proc/${pid}/exe`))
    return async () => {
      // as cluster.sh does, so that its `down` finds the program again
      const script = 'cd "$1"; name=$2; shift 2; "$@" >>"$name.log" 2>&1 </dev/null & echo $! >"$name.pid"'
      const { code } = await this.processes.run(['setsid', 'sh', '-c', script, '-', this.folder, program, ...this.inNode(argv)])
      if (code !== 0) throw new Error(`${program} cannot be started`)
    }
  }

  /** Paths of the network namespaces of all pods. */
  async podNamespaces(): Promise<string[]> {
    const paths = (await this.runtime.sandboxes()).map(({ id }) => this.runtime.namespaceOf(id))
    return (await Promise.all(paths)).filter(path => path !== undefined)
  }

  /**
   * What a reboot does to a node, but for its kernel: kubelet, containerd and every container end at once, and with them their mounts, the
   * pods' namespaces and what lay in /run. What was on disk stays. Gives what starts the two programs again.
   */
  async powerCut(): Promise<() => Promise<void>> {
    const namespaces = await this.podNamespaces()
    const startKubelet = await this.kill('kubelet')
    const startContainerd = await this.kill('containerd')
    const of = async (pattern: string) =>
      (await this.processes.run(['pgrep', '-f', pattern])).stdout.split('\n').filter(Boolean).map(Number)
    for (const shim of await of(`containerd-shim.*-address ${join(this.folder, 'containerd.sock')}`)) {
      for (const pid of [shim, ...childrenOf(shim)]) killNow(pid)
    }
    const state = join(this.folder, 'ctrd')
    await eventually(async () => {
      const mounts = readFileSync('/proc/mounts', 'utf8')
        .split('\n')
        .map(line => line.split(' ')[1] ?? '')
      const mine = mounts.filter(path => path.startsWith(`${state}/`)).toReversed()
      for (const path of mine) spawnSync('umount', ['-l', path])
      return mine.length === 0
    })
    rmSync(state, { recursive: true, force: true })
    rmSync(join(this.folder, 'run-egress-router'), { recursive: true, force: true })
    for (const path of namespaces) {
      spawnSync('umount', [path])
      rmSync(path, { force: true })
    }
    return async () => {
      await startContainerd()
      await startKubelet()
    }
  }

  /** Process id of the agent's own process on this machine. */
  async agentPid(): Promise<number | undefined> {
    const { stdout } = await this.processes.run(['pgrep', '-x', 'egress-router'])
    const pids = stdout.split('\n').filter(Boolean).map(Number)
    return pids.find(pid => inNamespace(pid, `${EGRESS_CLUSTER_PREFIX}node`))
  }

  /** Every macvlan link below the node's LAN port, in whichever namespace: what a router that is gone would leave. */
  async macvlans(): Promise<string[]> {
    const namespaces = readdirSync('/run/netns').filter(name => name.startsWith('cni-'))
    const found: string[] = []
    for (const name of namespaces) {
      const { stdout } = await this.processes.run(['ip', '-n', name, '-o', 'link', 'show', 'type', 'macvlan'])
      for (const line of stdout.split('\n').filter(Boolean)) found.push(`${name} ${line.split(': ')[1]}`)
    }
    return found
  }

  /** Records that the agent keeps. */
  records(): string[] {
    const folder = join(this.folder, 'run-egress-router/attachments')
    return existsSync(folder) ? readdirSync(folder) : []
  }

  async deletePods(...names: string[]): Promise<void> {
    await this.kubectl(['delete', 'pod', '--ignore-not-found', '--force', '--grace-period=0', ...names])
  }

  /** The addresses of the documentation on the laboratory's LAN, and behind its gateway. */
  async #makeLan(): Promise<void> {
    const add = (host: string, ...lines: string[]) =>
      this.processes.run(['ip', '-force', '-n', `${EGRESS_CLUSTER_PREFIX}${host}`, '-batch', '-'], { input: lines.join('\n') })
    await add('gw', 'addr replace 192.168.12.1/24 dev lan', 'addr replace 203.0.113.1/24 dev ext')
    const addresses = ['203.0.113.25', '203.0.113.26', '203.0.113.27']
    await add('srv', ...addresses.map(address => `addr replace ${address}/24 dev eth0`), 'route replace 192.168.12.0/24 via 203.0.113.1')
    const plan = JSON.stringify({ addresses, ports: [53, 80, 443, 7777] })
    const server = this.processes.start(this.inHost('srv', ['node', join(root, 'test/kit/server.ts'), plan]), { seconds: 900 })
    await server.shows(/ready/)
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
    this.#asker = new Asker(this.processes.start(['nsenter', `--net=${namespace}`, ...askerArgv], { seconds: 900 }))
  }
}

function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
  return stdout
    .split('\n')
    .filter(Boolean)
    .map(Number)
    .flatMap(child => [child, ...childrenOf(child)])
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {} // it has ended with its parent
}

/** Whether a process is in a named network namespace. */
function inNamespace(pid: number, name: string): boolean {
  const inode = (path: string) => spawnSync('stat', ['-Lc', '%i', path], { encoding: 'utf8' }).stdout.trim()
  return inode(`/proc/${pid}/ns/net`) === inode(`/run/netns/${name}`)
}
