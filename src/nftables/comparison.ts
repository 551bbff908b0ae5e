import type { Steps } from '../steps.ts'
import { KeyIndex } from './key-index.ts'
import type { Expression, NftMap, NftSet } from './schema.ts'

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

export type Elements = NonNullable<NftSet['elem']> | NonNullable<NftMap['elem']>
export type AnyElement = Elements[number]

export const isPair = (element: AnyElement): element is readonly [Expression, Expression] => Array.isArray(element)

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

/** The parts of a concatenation. */
export const partsOf = (key: Expression): readonly Expression[] | undefined =>
  typeof key === 'object' && !Array.isArray(key) && 'concat' in key ? (key.concat as readonly Expression[]) : undefined

const isSmall = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < PORTS

/** Whether two elements of one key lead to the same place; those of a set do. */
export function sameData(a: AnyElement, b: AnyElement): boolean {
  if (!isPair(a) || !isPair(b)) return true
  return a[1] === b[1] || (typeof a[1] === 'object' && typeof b[1] === 'object' && equal(a[1], b[1]))
}

/** Whether two lists hold the same elements, in whatever order. */
export function sameElements(a: Elements = [], b: Elements = []): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  const index = new KeyIndex(a.map(keyOf))
  const seen = new Uint8Array(a.length)
  for (const element of b) {
    const place = index.find(keyOf(element))
    if (place < 0 || seen[place] === 1 || !sameData(element, a[place] as AnyElement)) return false
    seen[place] = 1
  }
  return true
}

/** What leads from one list of elements to another. */
export interface Difference {
  readonly added: AnyElement[]
  /** Elements whose key stays and whose data does not: as they were, and as they are to be. */
  readonly before: AnyElement[]
  readonly after: AnyElement[]
  readonly removed: AnyElement[]
}

/** Elements a step. */
const STEP = 2000

export function* comparingElements(wanted: Elements = [], observed: Elements = []): Steps<Difference> {
  const difference: Difference = { added: [], before: [], after: [], removed: [] }
  const { added, before, after, removed } = difference
  const keys = yield* keysOf(observed)
  const index = new KeyIndex(keys)
  const seen = new Uint8Array(observed.length)
  for (const [i, element] of wanted.entries()) {
    if (i % STEP === STEP - 1) yield
    const place = index.find(keyOf(element))
    if (place < 0) {
      added.push(element)
      continue
    }
    const other = observed[place] as AnyElement
    if (!sameData(element, other)) {
      // a second answer to one key is refused by the kernel, not hidden here
      if (seen[place] === 0) before.push(other)
      after.push(element)
    }
    seen[place] = 1
  }
  yield
  for (const [i, element] of observed.entries()) if (seen[i] === 0) removed.push(element)
  return difference
}

function* keysOf(elements: Elements): Steps<Array<number | string>> {
  const keys: Array<number | string> = []
  for (const [i, element] of elements.entries()) {
    if (i % STEP === STEP - 1) yield
    keys.push(keyOf(element))
  }
  return keys
}
