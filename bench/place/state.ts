// What a namespace redirects, read back with the programs of nftables and iptables themselves: a peer whose result is not right is an error.
import type { List } from '../lists.ts'
import type { Namespace } from './namespace.ts'

export type Form = 'table' | 'iptables-nft' | 'iptables-legacy'

const line = (port: unknown, address: unknown, targetPort: unknown) => `${port} ${address}:${targetPort}`
export const linesOf = (list: List): string[] => list.map(({ port, address, targetPort }) => line(port, address, targetPort)).sort()

interface Listed {
  readonly map?: {
    readonly name: string
    readonly elem?: ReadonlyArray<readonly [{ concat: readonly [number | string, number] }, string | number]>
  }
  readonly chain?: object
  readonly rule?: object
  readonly set?: { readonly name: string }
}

/** Redirects in force, as sorted lines, and everything else of the table as one text. */
export function stateOf(namespace: Namespace, form: Form): { redirects: string[]; rest: string } {
  if (form !== 'table') {
    const saved = namespace.must([`${form}-save`, '-t', 'nat'])
    const rules = saved.matchAll(/^-A PREROUTING .*--dport (\d+) .*--to-destination (\S+):(\d+)$/gm)
    return { redirects: [...rules].map(([, ...words]) => line(...(words as [string, string, string]))).sort(), rest: '' }
  }
  const { nftables } = JSON.parse(namespace.must(['nft', '-j', '-n', 'list', 'table', 'inet', 'egress_router'])) as { nftables: Listed[] }
  const elements = (name: string) =>
    new Map(nftables.find(({ map }) => map?.name === name)?.map?.elem?.map(([{ concat }, value]) => [concat[1], value]) ?? [])
  const ports = elements('redirect4_port')
  const redirects = [...elements('redirect4_address')].map(([port, address]) => line(port, address, ports.get(port))).sort()
  const rest = nftables.map(object => JSON.stringify(object, (key, value) => (omitted.has(key) ? undefined : value))).sort()
  return { redirects, rest: rest.join('\n') }
}

/** What differs between two namespaces that do the same: handles, counts, and what is looked at by itself. */
const omitted = new Set(['handle', 'elem', 'metainfo', 'packets', 'bytes'])

/** Errors: when the namespace does not redirect exactly this list. */
export function mustHold(namespace: Namespace, form: Form, list: List, rest?: string): void {
  const found = stateOf(namespace, form)
  const wanted = linesOf(list)
  const wrong = wanted.findIndex((entry, i) => found.redirects[i] !== entry)
  if (found.redirects.length !== wanted.length || wrong >= 0) {
    throw new Error(
      `its result is wrong: ${found.redirects.length} redirects instead of ${wanted.length}, ${found.redirects[Math.max(0, wrong)]} instead of ${wanted[Math.max(0, wrong)]}`
    )
  }
  if (rest !== undefined && form === 'table' && found.rest !== rest)
    throw new Error('its result is wrong: chains or rules are not as before')
}
