import type { Ruleset } from '../nftables/ruleset.ts'
import type { LinkAddress, ObservedAddress } from './address.ts'
import type { Link, ObservedLink } from './link.ts'
import type { Route } from './route.ts'
import type { ObservedRule, Rule } from './rule.ts'
import type { Sysctl } from './sysctl.ts'

/** What should be. */
export interface DesiredState {
  readonly links: readonly Link[]
  readonly addresses: readonly LinkAddress[]
  readonly routes: readonly Route[]
  readonly rules: readonly Rule[]
  readonly sysctls: readonly Sysctl[]
  readonly ruleset?: Ruleset | undefined
  /** The number that marks what is ours. */
  readonly protocol: number
}

/** What the kernel has; foreign objects included. */
export interface ObservedState {
  readonly links: readonly ObservedLink[]
  readonly addresses: readonly ObservedAddress[]
  readonly routes: readonly Route[]
  readonly rules: readonly ObservedRule[]
  /** Those that were asked for and exist. */
  readonly sysctls: readonly Sysctl[]
  /** Whether /proc/sys is read-only, as it is in an ordinary container. */
  readonly sysctlsReadOnly?: boolean | undefined
  readonly ruleset?: Ruleset | undefined
}
