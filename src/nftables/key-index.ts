const EMPTY = -1
/** Spreads neighbouring numbers, as ports are, over the table: 2^32 by the golden ratio. */
const SPREAD = 0x9e37_79b1

/**
 * Where each key stands in a list. Numbers up to 32 bits, of which there may be tens of thousands, lie in a table of numbers; all else in a
 * map. Of two equal keys the first counts.
 */
export class KeyIndex {
  readonly #places: Int32Array
  readonly #keys: Int32Array
  readonly #shift: number
  readonly #others = new Map<string, number>()

  constructor(keys: ReadonlyArray<number | string>) {
    const bits = Math.max(4, 33 - Math.clz32(keys.length))
    this.#shift = 32 - bits
    this.#places = new Int32Array(2 ** bits).fill(EMPTY)
    this.#keys = new Int32Array(2 ** bits)
    for (let i = 0; i < keys.length; i++) this.#put(keys[i] as number | string, i)
  }

  #put(key: number | string, place: number): void {
    if (typeof key === 'string') {
      if (!this.#others.has(key)) this.#others.set(key, place)
      return
    }
    const slot = this.#slotOf(key)
    if (this.#places[slot] !== EMPTY) return
    this.#places[slot] = place
    this.#keys[slot] = key | 0
  }

  /** Place of a key in the list, or -1. */
  find(key: number | string): number {
    if (typeof key === 'string') return this.#others.get(key) ?? EMPTY
    return this.#places[this.#slotOf(key)] as number
  }

  /** The slot of a key, or the free one where it belongs; at least half of all are free. */
  #slotOf(key: number): number {
    const mask = this.#places.length - 1
    let slot = Math.imul(key, SPREAD) >>> this.#shift
    while (this.#places[slot] !== EMPTY && this.#keys[slot] !== (key | 0)) slot = (slot + 1) & mask
    return slot
  }
}
