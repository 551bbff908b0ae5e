import { EgressRouterError } from '../errors.ts'
import { createContext, freeContext, type NftContext, runCommands } from '../sys/libnftables.ts'
import { NftablesError } from './error.ts'
import { formatCommand } from './format.ts'
import { parseListing, type Ruleset } from './ruleset.ts'
import type { Command, NftObject, NftSet, Table } from './schema.ts'

/**
 * One libnftables context, bound to the network namespace that the calling thread is in when it is made. Not to be used by two calls
 * at once.
 */
export class NftablesClient implements Disposable {
  #context: NftContext | undefined

  constructor() {
    this.#context = createContext()
  }

  /** Runs commands as one transaction: all or nothing. Errors: NftablesError; nothing is changed then. */
  run(commands: readonly Command[]): void {
    // sets that packets fill cannot be read as JSON by older libraries: they are made first, by themselves, and harm nobody
    const early = commands.filter(isDynamicSet)
    const rest = commands.filter(command => !isDynamicSet(command))
    if (early.length === 0) return this.#runAsJson(rest)
    const tables = commands.filter(isTable)
    const absent = tables.filter(({ add }) => this.list(add.table.name) === undefined)
    this.#runAsText([...tables, ...early])
    try {
      this.#runAsJson(rest)
    } catch (error) {
      // what was made ahead goes with the transaction that it was made for
      this.#discard(absent.length > 0 ? absent : early)
      throw error
    }
  }

  #discard(made: ReadonlyArray<{ add: NftObject }>): void {
    try {
      this.#runAsText(made.map(({ add }) => ({ delete: add })))
    } catch {
      // the refusal of the transaction is the error to tell
    }
  }

  #runAsJson(rest: readonly Command[]): void {
    this.#run(JSON.stringify({ nftables: rest }), rest)
  }

  /** The table, or undefined when there is none. Other tables are not read: another nft version may have written them. */
  list(table: string): Ruleset | undefined {
    return this.#list(table, { table: { family: 'inet', name: table } }, false)
  }

  /**
   * The table without the elements of its sets and maps. libnftables before 1.0.7 reads them of a single table all the same, and only of
   * all tables of a family it does not: `alone` says that there is no other of family inet.
   */
  listStructure(table: string, alone: boolean): Ruleset | undefined {
    return this.#list(table, alone ? { ruleset: { family: 'inet' } } : { table: { family: 'inet', name: table } }, true)
  }

  #list(table: string, what: object, terse: boolean): Ruleset | undefined {
    const { status, output, error } = runCommands(this.#open(), JSON.stringify({ nftables: [{ list: what }] }), { terse })
    if (status === 0) return parseListing(table, JSON.parse(output))
    if (/No such file or directory/.test(error)) return undefined
    throw new NftablesError(`list table inet ${table}`, words(error))
  }

  #runAsText(commands: readonly Command[]): void {
    this.#run(commands.map(formatCommand).join('\n'), commands)
  }

  #run(text: string, commands: readonly Command[]): void {
    const { status, error } = runCommands(this.#open(), text)
    if (status !== 0) throw new NftablesError(commands.map(formatCommand).join('\n'), words(error))
  }

  #open(): NftContext {
    if (!this.#context) throw new EgressRouterError('ENFTABLES', 'this nftables client is closed')
    return this.#context
  }

  [Symbol.dispose](): void {
    if (this.#context) freeContext(this.#context)
    this.#context = undefined
  }
}

const isTable = (command: Command): command is { add: { table: Table } } => 'add' in command && 'table' in command.add
const isDynamicSet = (command: Command): command is { add: { set: NftSet } } =>
  'add' in command && 'set' in command.add && command.add.set.flags?.includes('dynamic') === true

/** JSON input has no positions: what the library says of `internal:0:0-0` is noise. */
const words = (error: string) =>
  error
    .replaceAll(/internal:0:0-0: Error: /g, '')
    .replaceAll(/\n+/g, ' ')
    .trim()
