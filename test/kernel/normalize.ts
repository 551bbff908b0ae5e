// What two kernels can be held to: without indexes, hardware addresses, what the kernel makes for itself and what settles only later.
import type { ObservedState } from '../../src/state/state.ts'

const LOCAL_TABLE = 255
const sorted = <T>(list: readonly T[]): T[] =>
  list
    .map(entry => JSON.stringify(Object.fromEntries(Object.entries(entry as object).sort(([a], [b]) => (a < b ? -1 : 1)))))
    .sort()
    .map(text => JSON.parse(text) as T)

export interface Options {
  /** Bridges that exist only so that a link is a port of one. */
  readonly ignore?: RegExp
}

export function normalize(state: ObservedState, { ignore = /^bparent/ }: Options = {}) {
  return {
    links: sorted(
      state.links
        .filter(({ name }) => !ignore.test(name))
        .map(({ index: _, mac: __, parentIndex: ___, parentNamespaceId: ____, operationalState: _____, masterIndex, ...rest }) => ({
          ...rest,
          port: masterIndex !== undefined
        }))
    ),
    addresses: sorted(state.addresses.filter(({ address }) => !address.startsWith('fe80:'))),
    routes: sorted(state.routes.filter(({ table, destination }) => table !== LOCAL_TABLE && !destination.startsWith('fe80:'))),
    rules: sorted(state.rules),
    sysctls: sorted(state.sysctls)
  }
}
