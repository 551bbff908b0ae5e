import { runAtOnce, type Steps } from '../steps.ts'
import { KeyIndex } from './key-index.ts'
import { PackedElements } from './packed-elements.ts'
import { type AnyElement, type ElementList, type Expression, isPair } from './schema.ts'
import { partsOf, sameLayout } from './types.ts'

/** One text for all ways in which the library may print the same thing. */
export function canonical(value: unknown): string {
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

/** Most of what is compared is alike to the letter, which shows without making texts of it. */
export const equal = (a: unknown, b: unknown): boolean => isAlike(a, b) || canonical(a) === canonical(b)

function isAlike(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => isAlike(item, b[i]))
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every(key => key === 'counter' || isAlike((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
  )
}

const PORTS = 0x10000

/** What two elements of one set or map cannot share; a number for protocol and port, of which there are many. */
export function keyOf(element: AnyElement): number | string {
  const key = isPair(element) ? element[0] : typeof element === 'object' && 'elem' in element ? element.elem.val : (element as Expression)
  const parts = partsOf(key)
  if (parts?.length === 2) {
    const [a, b] = parts
    if (isSmall(a) && isSmall(b)) return a * PORTS + b
  }
  return canonical(key)
}

const isSmall = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < PORTS

/** Whether two elements of one key lead to the same place; those of a set do. */
export function sameData(a: AnyElement, b: AnyElement): boolean {
  if (!isPair(a) || !isPair(b)) return true
  return a[1] === b[1] || (typeof a[1] === 'object' && typeof b[1] === 'object' && equal(a[1], b[1]))
}

/** Whether two lists hold the same elements, in whatever order. */
export function sameElements(a: ElementList<AnyElement> = [], b: ElementList<AnyElement> = []): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  const { added, after, removed } = runAtOnce(comparingElements(a, b))
  return added.length + after.length + removed.length === 0
}

/** What leads from one list of elements to another. */
export interface Difference {
  readonly added: ElementList<AnyElement>
  /** Elements whose key stays and whose data does not: as they were, and as they are to be. */
  readonly before: ElementList<AnyElement>
  readonly after: ElementList<AnyElement>
  readonly removed: ElementList<AnyElement>
}

/** Elements a step. */
const STEP = 4000

/** Lists that are packed alike are compared as they lie; others, as libnftables lists them, element by element. */
export function comparingElements(wanted: ElementList<AnyElement> = [], observed: ElementList<AnyElement> = []): Steps<Difference> {
  return wanted instanceof PackedElements && observed instanceof PackedElements && sameLayout(wanted.shape, observed.shape)
    ? comparePacked(wanted, observed)
    : compareLists([...wanted], [...observed])
}

function* comparePacked(wanted: PackedElements, observed: PackedElements): Steps<Difference> {
  const index = new KeyIndex(observed)
  yield
  const { places, removed } = yield* match(wanted.length, observed.length, {
    find: i => index.find(wanted, i),
    same: (i, place) => wanted.sameData(i, observed, place)
  })
  return {
    added: wanted.select(places.added),
    before: observed.select(places.before),
    after: wanted.select(places.after),
    removed: observed.select(removed)
  }
}

function* compareLists(wanted: readonly AnyElement[], observed: readonly AnyElement[]): Steps<Difference> {
  const index = new Map<number | string, number>()
  for (const [i, element] of observed.entries()) {
    if (i % STEP === STEP - 1) yield
    const key = keyOf(element)
    if (!index.has(key)) index.set(key, i)
  }
  const { places, removed } = yield* match(wanted.length, observed.length, {
    find: i => index.get(keyOf(wanted[i] as AnyElement)) ?? -1,
    same: (i, place) => sameData(wanted[i] as AnyElement, observed[place] as AnyElement)
  })
  const select = (list: readonly AnyElement[], chosen: readonly number[]) => chosen.map(place => list[place] as AnyElement)
  return {
    added: select(wanted, places.added),
    before: select(observed, places.before),
    after: select(wanted, places.after),
    removed: select(observed, removed)
  }
}

/** How two lists are looked into: where the key of a wanted element stands in the other, and whether the two lead to the same. */
interface Look {
  find(wanted: number): number
  same(wanted: number, observed: number): boolean
}

function* match(wanted: number, observed: number, { find, same }: Look) {
  const places = { added: [] as number[], before: [] as number[], after: [] as number[] }
  const seen = new Uint8Array(observed)
  for (let i = 0; i < wanted; i++) {
    if (i % STEP === STEP - 1) yield
    const place = find(i)
    if (place < 0) {
      places.added.push(i)
      continue
    }
    if (!same(i, place)) {
      // a second answer to one key is refused by the kernel, not hidden here
      if (seen[place] === 0) places.before.push(place)
      places.after.push(i)
    }
    seen[place] = 1
  }
  const removed: number[] = []
  for (let place = 0; place < observed; place++) if (seen[place] === 0) removed.push(place)
  return { places, removed }
}
