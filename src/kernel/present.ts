import { linkAddress } from '../state/address.ts'
import type { Operation } from '../state/operation.ts'
import type { ResourceType } from '../state/resource.ts'
import { route } from '../state/route.ts'
import { rule } from '../state/rule.ts'
import type { ObservedState } from '../state/state.ts'

/**
 * Whether what is to be added is there already, as it should be and with our mark: another run was faster. Asked only after the kernel
 * has said EEXIST.
 */
export function isPresent({ kind, resource }: Operation, read: () => Pick<ObservedState, 'addresses' | 'routes' | 'rules'>): boolean {
  switch (kind) {
    case 'address':
      return holds(linkAddress, resource, read().addresses)
    case 'route':
      return holds(route, resource, read().routes)
    case 'rule':
      return holds(rule, resource, read().rules)
    default:
      return false
  }
}

const holds = <D, O extends D>(type: ResourceType<D, O>, wanted: D & { readonly protocol?: number | undefined }, found: readonly O[]) =>
  found.some(entry => type.key(entry) === type.key(wanted) && type.equal(wanted, entry))
