import { keyOf, sameData } from '../../nftables/comparison.ts'
import { type ElementSelection, elementCommands, withoutAbsent } from '../../nftables/element-change.ts'
import { NftablesError } from '../../nftables/error.ts'
import { formatCommand } from '../../nftables/format.ts'
import { objectsOf, type Ruleset } from '../../nftables/ruleset.ts'
import type { AnyElement, Chain, Command, NftMap, NftSet, Rule } from '../../nftables/schema.ts'
import { elements } from '../../state/elements.ts'
import type { Verb } from '../../state/resource.ts'
import { ruleset } from '../../state/ruleset.ts'
import type { World } from './world.ts'

/** What leads from one table to another, at once: the moments between are Linux' alone. */
export function changeRuleset(world: World, verb: Verb, resource: Ruleset, before: Ruleset | undefined): void {
  runTransaction(world, ruleset.transaction(verb, resource, before))
}

/** The same for some elements; what is to be deleted and is not there is gone. */
export function changeElements(world: World, verb: Verb, resource: ElementSelection, before: ElementSelection | undefined): void {
  const change = elements.change(verb, resource, before)
  const table = world.tables.get(resource.table)
  runTransaction(world, elementCommands((table && withoutAbsent(change, table)) ?? change))
}

/** Runs the commands of one transaction; the caller keeps what was there before, should one be refused. */
export function runTransaction(world: Pick<World, 'tables' | 'told'>, commands: readonly Command[]): void {
  for (const command of commands) {
    const words = run(world.tables, command)
    if (words) throw new NftablesError(commands.map(formatCommand).join('\n'), `Could not process rule: ${words}`)
  }
  if (commands.length > 0) world.told.push('ruleset')
}

const MISSING = 'No such file or directory'
const TAKEN = 'File exists'

type Named = NftSet | NftMap | Chain

/** Runs one command; what it says when it is refused. */
function run(tables: World['tables'], command: Command): string | undefined {
  const [verb, inner] = Object.entries(command)[0] as [string, object]
  const [kind, object] = Object.entries(inner)[0] as [string, Named & Rule]
  if (kind === 'table') return runTable(tables, verb, object.name)
  const table = tables.get(object.table)
  if (!table) return MISSING
  const outcome =
    kind === 'rule' ? addRule(table, object) : kind === 'element' ? runElements(table, verb, object) : runObject(table, verb, kind, object)
  if (typeof outcome === 'string') return outcome
  tables.set(object.table, outcome)
  return undefined
}

function runTable(tables: World['tables'], verb: string, name: string): string | undefined {
  const table = tables.get(name)
  if (verb === 'add') tables.set(name, table ?? { table: name, sets: [], maps: [], chains: [], rules: [] })
  else if (!table) return MISSING
  // flushing empties the chains and nothing else
  else if (verb === 'flush') tables.set(name, { ...table, rules: [] })
  else tables.delete(name)
  return undefined
}

/** Every name after an `@`, wherever in a rule. */
const setsIn = (entry: Rule): string[] => [...JSON.stringify(entry.expr).matchAll(/"@([^"]+)"/g)].map(([, name]) => name as string)

function addRule(table: Ruleset, entry: Rule): Ruleset | string {
  const known = new Set([...table.sets, ...table.maps].map(({ name }) => name))
  if (!table.chains.some(({ name }) => name === entry.chain) || setsIn(entry).some(name => !known.has(name))) return MISSING
  return { ...table, rules: [...table.rules, entry] }
}

function runElements(table: Ruleset, verb: string, { name, elem }: { name: string; elem?: unknown }): Ruleset | string {
  const entries = elem as Iterable<AnyElement>
  const isMap = table.maps.some(map => map.name === name)
  const target = objectsOf(table).find(object => object.name === name)
  if (!target) return MISSING
  const merged = new Map(Array.from<AnyElement, [number | string, AnyElement]>(target.elem ?? [], entry => [keyOf(entry), entry]))
  for (const entry of entries) {
    const there = merged.get(keyOf(entry))
    if (verb === 'delete') {
      if (!merged.delete(keyOf(entry))) return MISSING
      continue
    }
    if (there !== undefined && !sameData(there, entry)) return TAKEN
    merged.set(keyOf(entry), entry)
  }
  const filled = { ...target, elem: [...merged.values()] }
  const put = <T extends Named>(list: readonly T[]) => list.map(object => (object.name === name ? (filled as unknown as T) : object))
  return isMap ? { ...table, maps: put(table.maps) } : { ...table, sets: put(table.sets) }
}

function runObject(table: Ruleset, verb: string, kind: string, object: Named): Ruleset | string {
  const field = `${kind}s` as 'sets' | 'maps' | 'chains'
  const list: readonly Named[] = table[field]
  const there = list.find(entry => entry.name === object.name)
  const put = (entries: readonly Named[]) => ({ ...table, [field]: entries }) as Ruleset
  if (verb === 'add')
    return there
      ? isCompatible(there, object)
        ? put(list.map(entry => (entry === there ? ({ ...there, ...object } as Named) : entry)))
        : TAKEN
      : put([...list, object])
  if (!there) return MISSING
  if (verb === 'flush') return put(list.map(entry => (entry === there ? { ...there, elem: [] } : entry)))
  const used = table.rules.some(entry => (kind === 'chain' ? entry.chain === object.name : setsIn(entry).includes(object.name)))
  return used && kind !== 'chain' ? 'Device or resource busy' : put(list.filter(entry => entry !== there))
}

/** Adding what is there already is fine when it is the same kind of thing; of a chain only the policy may differ. */
function isCompatible(there: Named, object: Named): boolean {
  const shape = (entry: Named) => JSON.stringify(['type', 'map', 'size', 'hook', 'prio'].map(key => entry[key as keyof Named] ?? null))
  return shape(there) === shape(object)
}
