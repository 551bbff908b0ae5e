// The agent as it is deployed in the cluster.
import { join } from 'node:path'
import { eventually } from '../kit/eventually.ts'
import { root } from '../kit/process.ts'
import type { Kubectl } from './kubectl.ts'
import { example, onNode } from './manifests.ts'

export class Deployment {
  readonly #cluster: Kubectl

  constructor(cluster: Kubectl) {
    this.#cluster = cluster
  }

  /** Applies what kustomize makes of a folder of deploy/. */
  async deploy(folder = 'kustomize'): Promise<void> {
    const manifests = await this.#cluster.node.processes.must(['kubectl', 'kustomize', join(root, 'deploy', folder)])
    await this.#cluster.kubectl(['apply', '-f', '-'], onNode(manifests, this.#cluster.node.folder))
    await this.#rolledOut('egress-router')
  }

  /** Another agent follows this one. */
  async upgrade(): Promise<void> {
    await this.#cluster.kubectl(['-n', 'egress-router', 'rollout', 'restart', 'daemonset/egress-router'])
    await this.#rolledOut('egress-router')
  }

  /** Takes the agent away, and lets it come back when `there` is true. */
  async setThere(there: boolean): Promise<void> {
    const body = { spec: { template: { spec: { nodeSelector: { 'kubernetes.io/os': there ? 'linux' : 'none' } } } } }
    await this.#cluster.kubectl(['-n', 'egress-router', 'patch', 'daemonset', 'egress-router', '-p', JSON.stringify(body)])
    if (there) await this.#rolledOut('egress-router')
    else if (!(await eventually(async () => (await this.#cluster.node.agentPid()) === undefined, 30)))
      throw new Error('the agent does not end')
  }

  /** Deletes what kustomize makes of a folder of deploy/, all at once, its Kubernetes namespace included. */
  async delete(folder = 'kustomize'): Promise<void> {
    const manifests = await this.#cluster.node.processes.must(['kubectl', 'kustomize', join(root, 'deploy', folder)])
    await this.#cluster.kubectl(['delete', '--ignore-not-found', '-f', '-'], manifests)
  }

  async deleteDaemonSet(): Promise<void> {
    await this.#cluster.kubectl(['-n', 'egress-router', 'delete', 'daemonset', 'egress-router', '--cascade=foreground'])
  }

  /** Takes the plugin out where no agent is, as docs/agent.md says it. */
  async uninstallPlugin(): Promise<void> {
    await this.#cluster.kubectl(['apply', '-f', '-'], onNode(example('uninstall-cni.yaml'), this.#cluster.node.folder))
    await this.#rolledOut('egress-router-uninstall-cni', 'kube-system')
    await this.#cluster.kubectl(['-n', 'kube-system', 'delete', 'daemonset', 'egress-router-uninstall-cni'])
  }

  async #rolledOut(name: string, kubeNamespace = 'egress-router'): Promise<void> {
    await this.#cluster.kubectl(['-n', kubeNamespace, 'rollout', 'status', `daemonset/${name}`, '--timeout=60s'])
  }

  async setPolicy(yaml: string): Promise<void> {
    const body = JSON.stringify({ data: { 'policy.yaml': yaml } })
    await this.#cluster.kubectl(['-n', 'egress-router', 'patch', 'configmap', 'egress-router-policy', '--type=merge', '-p', body])
    // the kubelet exchanges the file, and the agent reads it: its log tells how many rules it read last
    const rules = String(yaml.split('namespaces:').length - 1)
    const last = async () => [...(await this.log()).matchAll(/"rules":(\d+)/g)].at(-1)?.[1]
    if (!(await eventually(async () => (await last()) === rules, 30)))
      throw new Error(`the agent never read the policy:\n${await this.log()}`)
  }

  async log(): Promise<string> {
    return (await this.#cluster.tryKubectl(['-n', 'egress-router', 'logs', 'daemonset/egress-router', '--tail=200'])).output
  }

  async says(pattern: RegExp, seconds = 30): Promise<void> {
    const said = await eventually(async () => pattern.test(await this.log()), seconds)
    if (!said) throw new Error(`the agent never said ${pattern}:\n${await this.log()}`)
  }
}
