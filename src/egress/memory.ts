import type { Ruleset } from '../nftables/ruleset.ts'
import type { Rule } from '../nftables/schema.ts'
import { OUR_TABLE } from '../state/ruleset.ts'
import type { ObservedState } from '../state/state.ts'
import type { Sysctl } from '../state/sysctl.ts'

/**
 * What the sysctls were before us. They carry no mark of their own, so the old values stand in our table, as comments in a chain that no
 * packet sees: `clean` finds them there, whoever set the router up.
 */
export const MEMORY_CHAIN = 'memory'

export function memoryRules(entries: readonly Sysctl[]): Rule[] {
  return entries.map(({ key, value }) => ({
    family: 'inet',
    table: OUR_TABLE,
    chain: MEMORY_CHAIN,
    comment: `${key}=${value}`,
    expr: [{ return: null }]
  }))
}

/** The old values that stand in a table. */
export function recall(ruleset: Ruleset | undefined): Sysctl[] {
  return (ruleset?.rules ?? []).flatMap(rule => {
    const [, key, value] = (rule.chain === MEMORY_CHAIN && /^(net\/[^=]+)=(.*)$/.exec(rule.comment ?? '')) || []
    return key === undefined || value === undefined ? [] : [{ key, value }]
  })
}

/** The old values to remember: those remembered already, and those that are about to be overwritten. */
export function remember(desired: readonly Sysctl[], observed: ObservedState): Sysctl[] {
  const known = new Map(recall(observed.ruleset).map(({ key, value }) => [key, value]))
  const current = new Map(observed.sysctls.map(({ key, value }) => [key, value]))
  for (const { key, value } of desired) {
    const before = current.get(key)
    if (!known.has(key) && before !== undefined && before !== value) known.set(key, before)
  }
  return [...known].map(([key, value]) => ({ key, value }))
}
