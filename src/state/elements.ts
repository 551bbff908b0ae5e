import { type ElementChange, type ElementSelection, elementCommands } from '../nftables/element-change.ts'
import { formatCommand } from '../nftables/format.ts'
import type { Command } from '../nftables/schema.ts'
import type { Verb } from './resource.ts'
import { quote } from './shell.ts'

/**
 * Some elements of our table, changed in one transaction whatever else the table holds: of a table that is up, at a cost that does not
 * depend on its size. `change` replaces the elements of `before` by those of the resource.
 */
export const elements = {
  kind: 'elements',
  change: (verb: Verb, resource: ElementSelection, before?: ElementSelection): ElementChange => {
    if (verb === 'delete') return { removed: resource }
    return { removed: verb === 'change' ? before : undefined, added: resource }
  },
  transaction: (verb: Verb, resource: ElementSelection, before?: ElementSelection): Command[] =>
    elementCommands(elements.change(verb, resource, before)),
  /** As nft(8) commands, quoted for a shell where it needs to be. */
  command: (verb: Verb, resource: ElementSelection, before?: ElementSelection): string =>
    elements
      .transaction(verb, resource, before)
      .map(command => `nft ${quote(formatCommand(command))}`)
      .join('\n')
}
