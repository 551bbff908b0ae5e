import type { PackedElements } from './packed-elements.ts'

const EMPTY = -1
/** Spreads neighbouring numbers, as ports are, over the table: 2^32 by the golden ratio. */
const SPREAD = 0x9e37_79b1

/** Where each key stands in a list of packed elements. Of two equal keys the first counts. */
export class KeyIndex {
  readonly #list: PackedElements
  readonly #places: Int32Array
  readonly #shift: number

  constructor(list: PackedElements) {
    this.#list = list
    const bits = Math.max(4, 33 - Math.clz32(list.length))
    this.#shift = 32 - bits
    this.#places = new Int32Array(2 ** bits).fill(EMPTY)
    for (let place = 0; place < list.length; place++) {
      const slot = this.#slotOf(list, place)
      if (this.#places[slot] === EMPTY) this.#places[slot] = place
    }
  }

  /** Where the key of an element of another list, whose keys lie alike, stands in this one; or -1. */
  find(other: PackedElements, place: number): number {
    return this.#places[this.#slotOf(other, place)] as number
  }

  /** The slot of a key, or the free one where it belongs; at least half of all are free. */
  #slotOf({ words, stride, keyWords }: PackedElements, place: number): number {
    const start = place * stride
    let hash = 0
    for (let word = start; word < start + keyWords; word++) hash = Math.imul(hash ^ (words[word] as number), SPREAD)
    // the higher bits depend on all of the lower ones, not the other way round
    hash = Math.imul(hash ^ (hash >>> 15), SPREAD)
    const mask = this.#places.length - 1
    let slot = hash >>> this.#shift
    for (;;) {
      const there = this.#places[slot] as number
      if (there === EMPTY || this.#isKey(there, words, start)) return slot
      slot = (slot + 1) & mask
    }
  }

  #isKey(place: number, words: Uint32Array, start: number): boolean {
    const { words: own, stride, keyWords } = this.#list
    for (let word = 0; word < keyWords; word++) if (own[place * stride + word] !== words[start + word]) return false
    return true
  }
}
