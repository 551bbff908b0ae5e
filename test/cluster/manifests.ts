// The manifests of deploy/ as they are, but for the images, of which none can be pulled here, and for the folders of this node.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { root } from '../kit/process.ts'

export const router = 'localhost/egress-router:cluster'
export const pause = 'localhost/egress-lab:pause'
export const tools = 'localhost/egress-lab:tools'

interface Named {
  readonly name: string
}

interface Container extends Named {
  image: string
  imagePullPolicy?: string
  env?: { name: string; value?: string }[]
  volumeMounts?: { name: string; mountPath: string }[]
}

interface PodSpec {
  readonly initContainers?: Container[]
  readonly containers: Container[]
  readonly volumes?: (Named & { hostPath?: { path: string } })[]
}

interface Manifest {
  readonly kind: string
  readonly spec?: { readonly template?: { readonly spec: PodSpec } }
}

/** Where the container runtime of the node that lies in `folder` looks for its plugins, and for their configurations. */
export const cniPlaces = (folder: string) => ({ programs: join(dirname(folder), 'cni/bin'), networks: join(folder, 'cni') })

export const example = (file: string) => readFileSync(join(root, 'deploy/examples', file), 'utf8')

export const withLocalImages = (yaml: string): string =>
  yaml
    .replace(/^( *(?:- )?)image: egress-router:\S+$/gm, (_line, indent: string) => local(indent, router))
    .replace(/^( *(?:- )?)image: registry\.k8s\.io\/pause:\S+$/gm, (_line, indent: string) => local(indent, pause))

const local = (indent: string, image: string) => `${indent}image: ${image}\n${indent.replace('-', ' ')}imagePullPolicy: Never`

/** Manifests whose DaemonSets find what they mount on the node that lies in `folder`. */
export function onNode(yaml: string, folder: string): string {
  const manifests = parseAllDocuments(withLocalImages(yaml)).map(document => document.toJS() as Manifest)
  for (const { kind, spec } of manifests) if (kind === 'DaemonSet' && spec?.template) place(spec.template.spec, folder)
  return manifests.map(manifest => JSON.stringify(manifest)).join('\n')
}

function place({ containers, volumes = [] }: PodSpec, folder: string): void {
  const run = join(folder, 'run-egress-router')
  const { programs, networks } = cniPlaces(folder)
  const places: Readonly<Record<string, string>> = { run, runtime: folder, 'cni-programs': programs, 'cni-networks': networks }
  for (const { name, hostPath } of volumes) if (hostPath) hostPath.path = places[name] ?? hostPath.path
  for (const { env, volumeMounts = [] } of containers) {
    const mount = volumeMounts.find(({ name }) => name === 'run')
    if (!mount || !env) continue
    // the plugin is told of the socket as the agent knows it: both have to see it at the same place
    mount.mountPath = run
    env.push({ name: 'EGRESS_AGENT_SOCKET', value: join(run, 'agent.sock') })
  }
}
