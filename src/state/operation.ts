import type { ElementSelection } from '../nftables/element-change.ts'
import type { Ruleset } from '../nftables/ruleset.ts'
import { type LinkAddress, linkAddress } from './address.ts'
import { elements } from './elements.ts'
import { type Link, link } from './link.ts'
import type { Verb } from './resource.ts'
import { type Route, route } from './route.ts'
import { type Rule, rule } from './rule.ts'
import { ruleset } from './ruleset.ts'
import { type Sysctl, sysctl } from './sysctl.ts'

/** One change to one object. `before` is what stood at its place, so that the change can be taken back. */
export type Operation =
  | { readonly kind: 'ruleset'; readonly verb: Verb; readonly resource: Ruleset; readonly before?: Ruleset | undefined }
  | { readonly kind: 'elements'; readonly verb: Verb; readonly resource: ElementSelection; readonly before?: ElementSelection | undefined }
  | { readonly kind: 'link'; readonly verb: Verb; readonly resource: Link; readonly before?: Link | undefined }
  | { readonly kind: 'address'; readonly verb: Verb; readonly resource: LinkAddress; readonly before?: LinkAddress | undefined }
  | { readonly kind: 'route'; readonly verb: Verb; readonly resource: Route; readonly before?: Route | undefined }
  | { readonly kind: 'rule'; readonly verb: Verb; readonly resource: Rule; readonly before?: Rule | undefined }
  | { readonly kind: 'sysctl'; readonly verb: Verb; readonly resource: Sysctl; readonly before?: Sysctl | undefined }

/** A change of our table. */
export type TableOperation = Extract<Operation, { kind: 'ruleset' | 'elements' }>

export const isOfTables = (operation: Operation): operation is TableOperation =>
  operation.kind === 'ruleset' || operation.kind === 'elements'

/** One operation as an operator would type it; a ruleset takes several lines. */
export function printOperation(operation: Operation): string {
  const { verb } = operation
  switch (operation.kind) {
    case 'link':
      return link.command(verb, operation.resource)
    case 'address':
      return linkAddress.command(verb, operation.resource)
    case 'route':
      return route.command(verb, operation.resource)
    case 'rule':
      return rule.command(verb, operation.resource)
    case 'sysctl':
      return sysctl.command(verb, operation.resource)
    case 'elements':
      return elements.command(verb, operation.resource, operation.before)
    case 'ruleset':
      return ruleset.command(verb, operation.resource, operation.before)
  }
}
