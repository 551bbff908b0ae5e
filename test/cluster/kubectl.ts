// The API server of the cluster, by kubectl.
import { join } from 'node:path'
import { example, withLocalImages } from './manifests.ts'
import type { Node } from './node.ts'

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

export class Kubectl {
  readonly node: Node

  constructor(node: Node) {
    this.node = node
  }

  kubectlArgv(argv: readonly string[]): string[] {
    return this.node.in('node', ['kubectl', '--kubeconfig', join(this.node.folder, 'admin.conf'), ...argv])
  }

  async kubectl(argv: readonly string[], input = ''): Promise<string> {
    return this.node.processes.must(this.kubectlArgv(argv), { input, seconds: 90 })
  }

  /** What kubectl said, whatever came of it. */
  async tryKubectl(argv: readonly string[], input = ''): Promise<{ readonly code: number | null; readonly output: string }> {
    return this.node.processes.run(this.kubectlArgv(argv), { input, seconds: 90 })
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
}
