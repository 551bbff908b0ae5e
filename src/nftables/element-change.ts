import { keyOf } from './comparison.ts'
import { elementsOf, objectsOf, type Ruleset } from './ruleset.ts'
import type { AnyElement, Command, ElementList } from './schema.ts'

/** Some elements of sets and maps: each object with its type and the elements that are meant, not all that it has. */
export type ElementSelection = Pick<Ruleset, 'table' | 'sets' | 'maps'>

/** Elements that go and elements that come, in one transaction. */
export interface ElementChange {
  readonly removed?: ElementSelection | undefined
  readonly added?: ElementSelection | undefined
}

export const elementCommands = ({ removed, added }: ElementChange): Command[] => [
  ...selected(removed).map((element): Command => ({ delete: { element } })),
  ...selected(added).map((element): Command => ({ add: { element } }))
]

const selected = (selection: ElementSelection | undefined) =>
  selection ? objectsOf(selection).flatMap(object => (object.elem && object.elem.length > 0 ? [elementsOf(object, object.elem)] : [])) : []

/** The change without the elements that were to go and are not in the table; undefined when there are none such. */
export function withoutAbsent({ removed, added }: ElementChange, table: Ruleset): ElementChange | undefined {
  if (!removed) return undefined
  let absent = 0
  const there = new Map(
    objectsOf(table).map(object => [object.name, new Set(Array.from<AnyElement, number | string>(object.elem ?? [], keyOf))])
  )
  const present = <T extends { readonly name: string; readonly elem?: ElementList<AnyElement> }>(object: T): T => {
    const elem = [...(object.elem ?? [])].filter(element => there.get(object.name)?.has(keyOf(element)))
    absent += (object.elem?.length ?? 0) - elem.length
    return { ...object, elem }
  }
  const left = { table: removed.table, sets: removed.sets.map(present), maps: removed.maps.map(present) }
  return absent === 0 ? undefined : { removed: left, added }
}
