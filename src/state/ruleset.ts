import { formatCommand } from '../nftables/format.ts'
import { deleteCommands, type Ruleset, replaceCommands, sameRuleset } from '../nftables/ruleset.ts'
import type { Command } from '../nftables/schema.ts'
import type { Verb } from './resource.ts'

/** The one nftables table of ours, family inet; its name is the mark. */
export const OUR_TABLE = 'egress_router'

/** Our table, replaced as a whole in one transaction. */
export const ruleset = {
  kind: 'ruleset',
  key: (resource: Ruleset): string => resource.table,
  equal: sameRuleset,
  owned: (): boolean => true,
  /** The transaction, as libnftables is given it. */
  transaction: (verb: Verb, resource: Ruleset, observed?: Ruleset): Command[] =>
    verb === 'delete' ? deleteCommands(resource.table) : replaceCommands(resource, observed),
  /** The same as nft(8) commands, quoted for a shell where it needs to be. */
  command: (verb: Verb, resource: Ruleset, observed?: Ruleset): string =>
    ruleset
      .transaction(verb, resource, observed)
      .map(command => `nft ${quote(formatCommand(command))}`)
      .join('\n')
}

const quote = (text: string) => (/[{};<>|&()"!*?$#]/.test(text) ? `'${text}'` : text)
