import type { Chain, Command, Element, Expression, NftMap, NftObject, NftSet, Rule, Statement } from './schema.ts'

/** A table as data: its objects in the order in which they are made. */
export interface Ruleset {
  readonly table: string
  readonly sets: readonly NftSet[]
  readonly maps: readonly NftMap[]
  readonly chains: readonly Chain[]
  readonly rules: readonly Rule[]
}

/** The one transaction that makes the table exactly `ruleset`, whatever it held before; counts in dynamic sets stay. */
export function replaceCommands(ruleset: Ruleset, observed: Ruleset | undefined): Command[] {
  const table = { family: 'inet', name: ruleset.table } as const
  const commands: Command[] = [{ add: { table } }, { flush: { table } }]
  if (observed) commands.push(...removals(ruleset, observed))
  for (const set of ruleset.sets) {
    const kept = isDynamic(set) && observed?.sets.some(entry => entry.name === set.name && equal(shapeOf(entry), shapeOf(set)))
    if (!kept) commands.push({ add: { set: without(set, 'elem') } })
  }
  for (const map of ruleset.maps) commands.push({ add: { map: without(map, 'elem') } })
  for (const chain of ruleset.chains) commands.push({ add: { chain } })
  for (const rule of ruleset.rules) commands.push({ add: { rule } })
  for (const { family, table: of, name, elem } of [...ruleset.sets, ...ruleset.maps]) {
    if (elem && elem.length > 0) commands.push({ add: { element: { family, table: of, name, elem: elem as Expression[] } } })
  }
  return commands
}

export const deleteCommands = (table: string): Command[] => [{ delete: { table: { family: 'inet', name: table } } }]

/** What is no longer wanted, or cannot be changed in place, goes first; a map that stays is emptied. */
function removals(wanted: Ruleset, observed: Ruleset): Command[] {
  const commands: Command[] = []
  const same = (a: { name: string }, list: readonly { name: string }[]) => list.find(b => b.name === a.name)
  for (const chain of observed.chains) {
    if (!equal(without(chain, 'handle' as never), same(chain, wanted.chains)))
      commands.push({ delete: { chain: nameOf(chain) } } as Command)
  }
  for (const [kind, observedList, wantedList] of [
    ['map', observed.maps, wanted.maps],
    ['set', observed.sets, wanted.sets]
  ] as const) {
    for (const object of observedList) {
      const target = same(object, wantedList)
      if (!target || !equal(shapeOf(object), shapeOf(target as NftSet))) commands.push({ delete: { [kind]: nameOf(object) } } as Command)
      else if (!isDynamic(target as NftSet)) commands.push({ flush: { [kind]: nameOf(object) } } as Command)
    }
  }
  return commands
}

/** Equality up to handles, counters and what packets have put into dynamic sets. */
export function sameRuleset(a: Ruleset, b: Ruleset): boolean {
  return equal(comparable(a), comparable(b))
}

function comparable(ruleset: Ruleset) {
  const dynamic = new Set(ruleset.sets.filter(isDynamic).map(set => set.name))
  const elements = (object: NftSet | NftMap) =>
    dynamic.has(object.name) ? [] : (object.elem ?? []).map(element => canonical(element)).sort()
  const byName = <T extends NftSet | NftMap>(list: readonly T[]) =>
    Object.fromEntries(list.map(object => [object.name, [canonical(shapeOf(object)), elements(object)]]))
  return {
    sets: byName(ruleset.sets),
    maps: byName(ruleset.maps),
    chains: Object.fromEntries(ruleset.chains.map(chain => [chain.name, canonical(chain)])),
    rules: Object.groupBy(
      ruleset.rules.map(rule => [rule.chain, canonical(rule)] as const),
      ([chain]) => chain
    )
  }
}

/** libnftables 1.0.6 does not list the flag, so a set with a size and no fixed elements is how a dynamic one looks. */
const isDynamic = (set: NftSet) => set.flags?.includes('dynamic') || set.size !== undefined

const shapeOf = (object: NftSet | NftMap) => ({
  type: object.type,
  map: 'map' in object ? object.map : undefined,
  size: 'size' in object ? object.size : undefined
})
const withFlags = (set: NftSet): NftSet => (isDynamic(set) ? { ...set, flags: ['dynamic'] } : set)
const nameOf = ({ family, table, name }: { family: 'inet'; table: string; name: string }) => ({ family, table, name })

/** One text for all ways in which the library may print the same thing. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (key, inner) => {
    if (key === 'handle') return undefined
    if (key === 'counter') return null
    if ((key === 'right' || key === 'set') && Array.isArray(inner)) {
      const sorted = inner.map(item => JSON.stringify(item)).sort()
      return sorted.length === 1 && key === 'right' ? inner[0] : sorted
    }
    if (inner !== null && typeof inner === 'object' && !Array.isArray(inner)) {
      return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
    }
    return inner
  })
}

const equal = (a: unknown, b: unknown) => canonical(a) === canonical(b)

/** Our table out of what libnftables lists. */
export function parseListing(table: string, listing: { nftables: readonly object[] }): Ruleset {
  const sets: NftSet[] = []
  const maps: NftMap[] = []
  const chains: Chain[] = []
  const rules: Rule[] = []
  for (const object of listing.nftables as readonly NftObject[]) {
    if ('set' in object) sets.push(withFlags(without(object.set, 'handle' as never)))
    else if ('map' in object) maps.push(without(object.map, 'handle' as never))
    else if ('chain' in object) chains.push(without(object.chain, 'handle' as never))
    else if ('rule' in object) rules.push(without(object.rule, 'handle' as never))
  }
  return { table, sets, maps, chains, rules }
}

function without<T extends object, K extends keyof T>(object: T, key: K): T {
  const { [key]: _, ...rest } = object
  return rest as T
}

/** Packets and bytes that a dynamic set has counted, by element. */
export function countsOf(set: NftSet | undefined): Array<{ key: readonly Expression[]; packets: number; bytes: number }> {
  return (set?.elem ?? []).flatMap((element: Element) => {
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
