import { equal, sameElements } from './comparison.ts'
import type { AnyElement, Chain, Command, ElementList, Elements, Expression, NftMap, NftObject, NftSet, Rule, Statement } from './schema.ts'

/** A table as data: its objects in the order in which they are made. */
export interface Ruleset {
  readonly table: string
  readonly sets: readonly NftSet[]
  readonly maps: readonly NftMap[]
  readonly chains: readonly Chain[]
  readonly rules: readonly Rule[]
}

export const deleteCommands = (table: string): Command[] => [{ delete: { table: { family: 'inet', name: table } } }]

/** Equality up to handles, counters and what packets have put into dynamic sets. */
export const sameRuleset = (a: Ruleset, b: Ruleset): boolean => sameStructure(a, b) && sameContents(a, b)

/** What has been compared: who plans a change compares, and who makes it compares the same two again. */
const compared = new WeakMap<Ruleset, WeakMap<Ruleset, boolean>>()

/** Equality of all but the elements: of what is small however much is redirected. */
export function sameStructure(a: Ruleset, b: Ruleset): boolean {
  const known = compared.get(a) ?? new WeakMap<Ruleset, boolean>()
  const same = known.get(b) ?? compareStructure(a, b)
  compared.set(a, known.set(b, same))
  return same
}

const compareStructure = (a: Ruleset, b: Ruleset): boolean =>
  sameObjects(a.sets.map(describe), b.sets.map(describe)) &&
  sameObjects(a.maps.map(describe), b.maps.map(describe)) &&
  sameObjects(a.chains, b.chains) &&
  sameRules(a.rules, b.rules)

const describe = (object: NftSet | NftMap) => ({ name: object.name, form: formOf(object) })

/** Objects with names may stand in any order. */
function sameObjects(a: ReadonlyArray<{ readonly name: string }>, b: ReadonlyArray<{ readonly name: string }>): boolean {
  const others = new Map(b.map(object => [object.name, object]))
  return a.length === b.length && a.every(object => equal(object, others.get(object.name)))
}

/** The order of rules means something within a chain, and only there. */
function sameRules(a: readonly Rule[], b: readonly Rule[]): boolean {
  const others = Map.groupBy(b, rule => rule.chain)
  return a.length === b.length && [...Map.groupBy(a, rule => rule.chain)].every(([chain, rules]) => equal(rules, others.get(chain)))
}

function sameContents(a: Ruleset, b: Ruleset): boolean {
  const others = new Map(objectsOf(b).map(object => [object.name, object]))
  return objectsOf(a).every(object => isDynamic(object) || sameElements(object.elem, others.get(object.name)?.elem))
}

/** Everything that has elements. */
export const objectsOf = ({ sets, maps }: Pick<Ruleset, 'sets' | 'maps'>): ReadonlyArray<NftSet | NftMap> => [...sets, ...maps]

/** Elements of a set or map as a command names them. */
export const elementsOf = ({ family, table, name }: NftSet | NftMap, elem: ElementList<AnyElement>): Elements =>
  ({ family, table, name, elem }) as Elements

/** libnftables 1.0.6 does not list the flag, so a set with a size and no fixed elements is how a dynamic one looks. */
export const isDynamic = (object: NftSet | NftMap): boolean =>
  ('flags' in object && object.flags?.includes('dynamic')) || ('size' in object && object.size !== undefined)

export const formOf = (object: NftSet | NftMap) => ({
  type: object.type,
  map: 'map' in object ? object.map : undefined,
  size: 'size' in object ? object.size : undefined
})
const withFlags = (set: NftSet): NftSet => (isDynamic(set) ? { ...set, flags: ['dynamic'] } : set)
/** Our table out of what libnftables lists. */
export function parseListing(table: string, listing: { nftables: readonly object[] }): Ruleset | undefined {
  const sets: NftSet[] = []
  const maps: NftMap[] = []
  const chains: Chain[] = []
  const rules: Rule[] = []
  let found = false
  for (const object of listing.nftables as readonly NftObject[]) {
    if ('table' in object) found ||= object.table.name === table
    else if (tableOf(object) !== table) continue
    else if ('set' in object) sets.push(withFlags(typed(without(object.set, 'handle' as never))))
    else if ('map' in object) maps.push(typed(without(object.map, 'handle' as never)))
    else if ('chain' in object) chains.push(without(object.chain, 'handle' as never))
    else if ('rule' in object) rules.push(without(object.rule, 'handle' as never))
  }
  return found ? { table, sets, maps, chains, rules } : undefined
}

/** The library lists a key of one part without the list around it. */
const typed = <T extends NftSet | NftMap>(object: T): T => ({ ...object, type: [object.type].flat() })

const tableOf = (object: object): unknown => (Object.values(object)[0] as { table?: unknown }).table

export function without<T extends object, K extends keyof T>(object: T, key: K): T {
  const { [key]: _, ...rest } = object
  return rest as T
}

/** Packets and bytes that a dynamic set has counted, by element. */
export function countsOf(set: NftSet | undefined): Array<{ key: readonly Expression[]; packets: number; bytes: number }> {
  return [...(set?.elem ?? [])].flatMap(element => {
    if (typeof element !== 'object' || !('elem' in element)) return []
    const { val, counter } = element.elem
    if (typeof val !== 'object' || !('concat' in val)) return []
    return [{ key: val.concat as readonly Expression[], packets: counter?.packets ?? 0, bytes: counter?.bytes ?? 0 }]
  })
}

/** Sum of the counters that stand in the rules of a chain. */
export function countOfRules(rules: readonly Rule[], chain: string): { packets: number; bytes: number } {
  const total = { packets: 0, bytes: 0 }
  const statements = rules.filter(rule => rule.chain === chain).flatMap(rule => rule.expr as Statement[])
  for (const statement of statements) {
    if ('counter' in statement && statement.counter) {
      total.packets += statement.counter.packets
      total.bytes += statement.counter.bytes
    }
  }
  return total
}
