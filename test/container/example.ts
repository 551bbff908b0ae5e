// The examples of deploy/, read as Kubernetes would read them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { root } from '../kit/process.ts'

export const files = ['legacy.yaml', 'init.yaml', 'config-map.yaml'] as const

interface Named {
  readonly name: string
  readonly value: string
}

export interface Container {
  readonly name: string
  readonly env?: readonly Named[]
  readonly command?: readonly string[]
  readonly securityContext: {
    readonly runAsUser: number
    readonly allowPrivilegeEscalation: boolean
    readonly readOnlyRootFilesystem: boolean
    readonly capabilities: { readonly drop: readonly string[]; readonly add?: readonly string[] }
  }
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[]
}

export interface Pod {
  readonly kind: 'Pod'
  readonly metadata: { readonly labels: Readonly<Record<string, string>>; readonly annotations: Readonly<Record<string, string>> }
  readonly spec: {
    readonly securityContext: { readonly sysctls: readonly Named[] }
    readonly initContainers?: readonly Container[]
    readonly containers: readonly Container[]
  }
}

export interface Service {
  readonly kind: 'Service'
  readonly spec: { readonly selector: Readonly<Record<string, string>>; readonly ports: readonly { readonly port: number }[] }
}

export interface ConfigMap {
  readonly kind: 'ConfigMap'
  readonly data: Readonly<Record<string, string>>
}

/** The objects of a file; throws what YAML itself finds wrong, keys that are given twice included. */
export function objects(file: string): (Pod | Service | ConfigMap)[] {
  const documents = parseAllDocuments(readFileSync(join(root, 'deploy/examples', file), 'utf8'), { uniqueKeys: true })
  if ('empty' in documents) return []
  return documents.map(document => {
    const [problem] = [...document.errors, ...document.warnings]
    if (problem) throw problem
    return document.toJS() as Pod | Service | ConfigMap
  })
}

export const podOf = (file: string): Pod => objects(file).find(object => object.kind === 'Pod') as Pod

/** The container that is the router: it is there to have NET_ADMIN. */
export const routerOf = ({ spec }: Pod): Container =>
  [...(spec.initContainers ?? []), ...spec.containers].find(({ name }) => name === 'egress-router') as Container

export const record = (entries: readonly Named[] = []): Record<string, string> =>
  Object.fromEntries(entries.map(({ name, value }) => [name, value]))
