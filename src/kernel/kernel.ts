import type { Ruleset } from '../nftables/ruleset.ts'
import type { LinkAddress } from '../state/address.ts'
import type { Link } from '../state/link.ts'
import type { Verb } from '../state/resource.ts'
import type { Route } from '../state/route.ts'
import type { Rule } from '../state/rule.ts'
import type { ObservedState } from '../state/state.ts'
import type { Sysctl } from '../state/sysctl.ts'

/** One change to one object. `before` is what stood at its place, so that the change can be taken back. */
export type Operation =
  | { readonly kind: 'ruleset'; readonly verb: Verb; readonly resource: Ruleset; readonly before?: Ruleset | undefined }
  | { readonly kind: 'link'; readonly verb: Verb; readonly resource: Link; readonly before?: Link | undefined }
  | { readonly kind: 'address'; readonly verb: Verb; readonly resource: LinkAddress; readonly before?: LinkAddress | undefined }
  | { readonly kind: 'route'; readonly verb: Verb; readonly resource: Route; readonly before?: Route | undefined }
  | { readonly kind: 'rule'; readonly verb: Verb; readonly resource: Rule; readonly before?: Rule | undefined }
  | { readonly kind: 'sysctl'; readonly verb: Verb; readonly resource: Sysctl; readonly before?: Sysctl | undefined }

/** What to read besides links, addresses, routes and rules, of which all are read. */
export interface Interest {
  /** Keys of the sysctls. */
  readonly sysctls: readonly string[]
}

/** What changed: enough to know whether to look again. `lost` means that something changed and nobody knows what. */
export interface Change {
  readonly kind: 'link' | 'address' | 'route' | 'rule' | 'ruleset' | 'lost'
  /** For a change of our nftables table: the process that made it. */
  readonly process?: { readonly pid: number; readonly name: string } | undefined
}

/**
 * One network namespace. Reading and changing is synchronous; only waiting for changes is not. Two kernels stand behind it: Linux and
 * one in memory for tests; the contract suite holds them to the same answers.
 */
export interface Kernel extends Disposable {
  observe(interest: Interest): ObservedState
  /** Errors: NetlinkError, NftablesError, EgressRouterError `ESYSCTL`. An object that is already so, or already gone, is success. */
  apply(operation: Operation): void
  /** Every change from now on, until the signal is aborted. */
  changes(signal: AbortSignal): AsyncIterable<Change>
}
