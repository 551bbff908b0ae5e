import { formatCommand } from '../nftables/format.ts'
import { deleteCommands, type Ruleset, sameRuleset } from '../nftables/ruleset.ts'
import type { Command } from '../nftables/schema.ts'
import { knownSame, replaceCommands } from '../nftables/transition.ts'
import type { Verb } from './resource.ts'
import { quote } from './shell.ts'

/** The one nftables table of ours, family inet; its name is the mark. */
export const OUR_TABLE = 'egress_router'

/** Our table, brought from what it is to what it should be. */
export const ruleset = {
  kind: 'ruleset',
  key: (resource: Ruleset): string => resource.table,
  equal: (desired: Ruleset, observed: Ruleset): boolean => knownSame(desired, observed) ?? sameRuleset(desired, observed),
  owned: (): boolean => true,
  /** The commands, in an order that is right at every moment. */
  transaction: (verb: Verb, resource: Ruleset, observed?: Ruleset): Command[] =>
    verb === 'delete' ? deleteCommands(resource.table) : replaceCommands(resource, observed),
  /** The same as nft(8) commands, quoted for a shell where it needs to be. */
  command: (verb: Verb, resource: Ruleset, observed?: Ruleset): string =>
    ruleset
      .transaction(verb, resource, observed)
      .map(command => `nft ${quote(formatCommand(command))}`)
      .join('\n')
}
