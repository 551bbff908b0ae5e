import { inOneStep, type Steps } from '../steps.ts'
import { NftablesClient } from './client.ts'
import { type ElementChange, elementCommands, withoutAbsent } from './element-change.ts'
import { isSurprise } from './error.ts'
import { deleteCommands, type Ruleset, sameRuleset } from './ruleset.ts'
import type { Command } from './schema.ts'
import { replaceCommands } from './transition.ts'

/** What to read of a table besides its structure and its own elements. */
export interface ListingInterest {
  /** Also what packets have put into dynamic sets: counters. */
  readonly counts?: boolean | undefined
}

/**
 * Tables of family inet in one namespace. Two ways to the same end: all by libnftables' JSON, or elements by messages of our own. The work
 * is told in steps, to be done at once or in slices.
 *
 * Errors: NftablesError; a table is then as it was.
 */
export interface Tables extends Disposable {
  /** The table, or undefined when there is none. Other tables are left alone. */
  list(table: string, interest?: ListingInterest): Steps<Ruleset | undefined>
  /** Makes the table exactly `wanted`; `observed` is what it is thought to be. Counts in dynamic sets stay. */
  replace(wanted: Ruleset, observed: Ruleset | undefined): Steps<void>
  delete(table: string): Steps<void>
  /** Adds, changes or deletes elements in one transaction. */
  changeElements(change: ElementChange): Steps<void>
  /** Nothing is asked for some time: gives back memory and descriptors, which the next call takes again. */
  rest(): void
}

/** The reference: everything in one transaction of libnftables, in its JSON. */
export class JsonTables implements Tables {
  readonly #client = new NftablesClient()

  list(table: string): Steps<Ruleset | undefined> {
    return inOneStep(() => this.#client.list(table))
  }

  replace(wanted: Ruleset, observed: Ruleset | undefined): Steps<void> {
    return despiteSurprise(this, wanted, observed, found => inOneStep(() => this.#run(replaceCommands(wanted, found))))
  }

  delete(table: string): Steps<void> {
    return inOneStep(() => this.#run(deleteCommands(table)))
  }

  changeElements(change: ElementChange): Steps<void> {
    return despiteAbsence(this, change, left => inOneStep(() => this.#run(elementCommands(left))))
  }

  /** Its one context was made in its namespace, and stays. */
  rest(): void {}

  #run(commands: readonly Command[]): void {
    if (commands.length > 0) this.#client.run(commands)
  }

  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]()
  }
}

/** Replaces a table; when it is not what it was thought to be, it is read and the work done once more. */
export function* despiteSurprise(
  tables: Tables,
  wanted: Ruleset,
  observed: Ruleset | undefined,
  run: (observed: Ruleset | undefined) => Steps<void>
): Steps<void> {
  try {
    yield* run(observed)
  } catch (error) {
    if (!isSurprise(error)) throw error
    const found = yield* tables.list(wanted.table)
    // where the table is what it was thought to be, the refusal stands
    if (found && observed ? sameRuleset(found, observed) : found === observed) throw error
    yield* run(found)
  }
}

/** Changes elements; those that were to go and are not there are gone. */
export function* despiteAbsence(tables: Tables, change: ElementChange, run: (change: ElementChange) => Steps<void>): Steps<void> {
  try {
    yield* run(change)
  } catch (error) {
    if (!isSurprise(error) || !change.removed) throw error
    const listed = yield* tables.list(change.removed.table)
    const left = listed && withoutAbsent(change, listed)
    if (left) yield* run(left)
    else if (change.added || listed) throw error
  }
}
