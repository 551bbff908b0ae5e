import type { Operation } from '../state/operation.ts'
import type { ObservedState } from '../state/state.ts'

/** What to read besides links, addresses, routes and rules, of which all are read. */
export interface Interest {
  /** Keys of the sysctls. */
  readonly sysctls: readonly string[]
  /** Also how much traffic each redirect has had; reading that takes the longer the more there are. */
  readonly counts?: boolean | undefined
}

/** What changed: enough to know whether to look again. `lost` means that something changed and nobody knows what. */
export interface Change {
  readonly kind: 'link' | 'address' | 'route' | 'rule' | 'ruleset' | 'lost'
  /** For a change of our nftables table: the process that made it. */
  readonly process?: { readonly pid: number; readonly name: string } | undefined
}

/** What became of operations that were to be done in their order. */
export interface Applied {
  /** What has been done, in order: among it what the kernel did behind the one that failed. */
  readonly done: readonly Operation[]
  /** The first that failed; nothing is begun after it. `lost`: whether it was done nobody knows. */
  readonly failure?: { readonly operation: Operation; readonly error: unknown; readonly lost: boolean } | undefined
}

/**
 * One network namespace. Reading and changing is synchronous; only waiting for changes is not. What can be large, a table with thousands of
 * redirects, can also be read and changed in slices, between which the event loop goes on. Two kernels stand behind it: Linux and
 * one in memory for tests; the contract suite holds them to the same answers.
 */
export interface Kernel extends Disposable {
  observe(interest: Interest): ObservedState
  /** Errors: NetlinkError, NftablesError, EgressRouterError `ESYSCTL`. An object that is already so, or already gone, is success. */
  apply(operation: Operation): void
  /** As `observe`, the table in slices of a few milliseconds. Between them the world may change. */
  observeInSlices(interest: Interest): Promise<ObservedState>
  /** As `apply`, changes of the table in slices, and a large transaction in another thread. */
  applyInSlices(operation: Operation): Promise<void>
  /** The same for several, with as few calls of the kernel as it takes. Nothing is thrown. */
  applyAll(operations: readonly Operation[]): Applied
  /** Every change from now on, until the signal is aborted. */
  changes(signal: AbortSignal): AsyncIterable<Change>
}
