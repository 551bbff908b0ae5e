import { runAtOnce, type Steps } from '../steps.ts'
import { comparingElements, equal } from './comparison.ts'
import { elementsOf, formOf, isDynamic, objectsOf, type Ruleset, sameStructure, without } from './ruleset.ts'
import type { AnyElement, Command, ElementList, NftMap, NftSet } from './schema.ts'

/**
 * What leads from one table to another, in an order that is right at every moment: where a connection goes, one of the two tables says.
 * Each part is a transaction.
 */
export interface Transition {
  /** Sets, maps and elements that come or change: a rule is never there before the elements that it reads. */
  readonly first: readonly Command[]
  /** Chains and rules; their number does not depend on how much is redirected. */
  readonly structure: readonly Command[]
  /** Elements that go: until the rules are new, the fallback for what they named may be the old one. */
  readonly last: readonly Command[]
}

/** Above so many elements a map of which the lesser part stays is emptied and filled anew, in one transaction. */
const FEW = 64

/** Works out the changes that make the table exactly `wanted`; counts in dynamic sets stay. */
export const transition = (wanted: Ruleset, observed: Ruleset | undefined): Transition => runAtOnce(comparing(wanted, observed))

/** What has been worked out: who plans a change compares, who makes it need not compare the same two again. */
const known = new WeakMap<Ruleset, WeakMap<Ruleset, Transition>>()

/** Whether two tables are the same, where that has been worked out already. */
export function knownSame(wanted: Ruleset, observed: Ruleset): boolean | undefined {
  const steps = known.get(wanted)?.get(observed)
  return steps && commandsOf(steps).length === 0
}

/** The same in steps. */
export function* comparing(wanted: Ruleset, observed: Ruleset | undefined): Steps<Transition> {
  if (!observed) return yield* compare(wanted, observed)
  const others = known.get(wanted) ?? new WeakMap<Ruleset, Transition>()
  const steps = others.get(observed) ?? (yield* compare(wanted, observed))
  known.set(wanted, others.set(observed, steps))
  return steps
}

function* compare(wanted: Ruleset, observed: Ruleset | undefined): Steps<Transition> {
  if (observed && isMisshapen(wanted, observed)) return { first: [], structure: anew(wanted, observed), last: [] }
  const table = { add: { table: tableOf(wanted) } }
  const same = observed !== undefined && sameStructure(wanted, observed)
  const first: Command[] = observed ? [] : [table]
  const last: Command[] = []
  const there = new Map(observed && objectsOf(observed).map(object => [object.name, object]))
  for (const object of objectsOf(wanted)) {
    yield
    const before = there.get(object.name)
    if (!before) first.push(declaration(object))
    if (!isDynamic(object)) yield* changeElements(object, before, same ? first : last, first, same)
  }
  if (same) return { first, structure: [], last }
  return { first, structure: [{ flush: { table: tableOf(wanted) } }, ...removals(wanted, observed), ...additions(wanted)], last }
}

/** All of it in its order. */
export const commandsOf = ({ first, structure, last }: Transition): Command[] => [...first, ...structure, ...last]

/** The commands that lead from `observed` to `wanted`. */
export const replaceCommands = (wanted: Ruleset, observed: Ruleset | undefined): Command[] => commandsOf(transition(wanted, observed))

/** What takes back the first part of a transition. */
export function inverse({ first }: Transition): Command[] {
  const table = first.find(command => 'add' in command && 'table' in command.add)
  if (table && 'add' in table) return [{ delete: table.add }]
  return first.toReversed().flatMap((command): Command[] => {
    if ('add' in command) return [{ delete: command.add }]
    return 'delete' in command ? [{ add: command.delete }] : []
  })
}

function* changeElements(
  object: NftSet | NftMap,
  observed: NftSet | NftMap | undefined,
  going: Command[],
  coming: Command[],
  atOnce: boolean
): Steps<void> {
  const { added, before, after, removed } = yield* comparingElements(object.elem, observed?.elem)
  const total = observed?.elem?.length ?? 0
  if (atOnce && total > FEW && 2 * (before.length + removed.length) > total) {
    coming.push({ flush: { [kindOf(object)]: nameOf(object) } } as Command)
    coming.push({ add: { element: elementsOf(object, object.elem ?? []) } })
    return
  }
  const say = (list: Command[], verb: 'add' | 'delete', which: ElementList<AnyElement>) => {
    if (which.length > 0) list.push({ [verb]: { element: elementsOf(object, which) } } as Command)
  }
  say(going, 'delete', removed)
  say(coming, 'delete', before)
  say(coming, 'add', after)
  say(coming, 'add', added)
}

const kindOf = (object: NftSet | NftMap) => ('map' in object ? 'map' : 'set')
const tableOf = ({ table }: Ruleset) => ({ family: 'inet', name: table }) as const
const nameOf = ({ family, table, name }: NftSet | NftMap) => ({ family, table, name })
const declaration = (object: NftSet | NftMap) => ({ add: { [kindOf(object)]: without(object, 'elem') } }) as unknown as Command

const additions = ({ chains, rules }: Ruleset): Command[] => [
  ...chains.map((chain): Command => ({ add: { chain } })),
  ...rules.map((rule): Command => ({ add: { rule } }))
]

/** What is no longer wanted, or cannot be changed in place, goes before its like comes. */
function removals(wanted: Ruleset, observed: Ruleset | undefined): Command[] {
  if (!observed) return []
  const chains = observed.chains.filter(chain => !equal(without(chain, 'handle' as never), named(chain, wanted.chains)))
  const gone = objectsOf(observed).filter(object => {
    const target = named(object, objectsOf(wanted))
    return !target || !equal(formOf(object), formOf(target))
  })
  return [
    ...chains.map(({ family, table, name }) => ({ delete: { chain: { family, table, name } } }) as Command),
    ...gone.map(object => ({ delete: { [kindOf(object)]: nameOf(object) } }) as unknown as Command)
  ]
}

const named = <T extends { name: string }>(object: { name: string }, list: readonly T[]) => list.find(other => other.name === object.name)

/** Whether a set or map is to have another type: then no order keeps both the old rules and the new ones fed. */
function isMisshapen(wanted: Ruleset, observed: Ruleset): boolean {
  return objectsOf(observed).some(object => {
    const target = named(object, objectsOf(wanted))
    return target !== undefined && !equal([kindOf(object), formOf(object)], [kindOf(target), formOf(target)])
  })
}

/** One transaction that makes all of it anew but the dynamic sets that stay as they are. */
function anew(wanted: Ruleset, observed: Ruleset): Command[] {
  const going = removals(wanted, observed)
  const isGone = (name: string) =>
    going.some(command => 'delete' in command && Object.values(command.delete).some(object => object.name === name))
  const stays = (object: NftSet | NftMap) => named(object, objectsOf(observed)) !== undefined && !isGone(object.name)
  const filled = objectsOf(wanted).filter(object => !isDynamic(object))
  return [
    { add: { table: tableOf(wanted) } },
    { flush: { table: tableOf(wanted) } },
    ...going,
    ...filled.filter(stays).map(object => ({ flush: { [kindOf(object)]: nameOf(object) } }) as Command),
    ...objectsOf(wanted)
      .filter(object => !stays(object))
      .map(declaration),
    ...additions(wanted),
    ...filled
      .filter(({ elem }) => elem && elem.length > 0)
      .map((object): Command => ({ add: { element: elementsOf(object, object.elem ?? []) } }))
  ]
}
