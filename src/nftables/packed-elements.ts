import { type AnyElement, type ElementList, type Expression, isPair } from './schema.ts'
import { dataWords, keyWords, partsOf, readKey, type Shape, sameLayout, unwritable, writeKey } from './types.ts'

/**
 * Elements of a set or map as they lie in the kernel, one behind the other: words of 32 bits, those of the key first. However many there
 * are, they are one object, which the garbage collector need not go through and carry about; an element by itself is made for whoever goes
 * through the list.
 */
export class PackedElements implements ElementList<AnyElement> {
  readonly shape: Shape
  readonly words: Uint32Array
  /** Words of a key, and of a whole element. */
  readonly keyWords: number
  readonly stride: number
  readonly length: number

  constructor(shape: Shape, packed: Uint32Array) {
    this.shape = shape
    this.words = packed
    this.keyWords = keyWords(shape)
    this.stride = this.keyWords + dataWords(shape)
    this.length = packed.length / this.stride
  }

  *[Symbol.iterator](): Generator<AnyElement> {
    const { shape, stride } = this
    const view = new DataView(this.words.buffer, this.words.byteOffset, this.words.byteLength)
    for (let at = 0; at < view.byteLength; at += 4 * stride) {
      const key = readKey(view, at, shape)
      yield shape.data ? [key, shape.data.read(view, at + 4 * this.keyWords)] : key
    }
  }

  /** Some of them, by their places. */
  select(places: readonly number[]): PackedElements {
    const { stride } = this
    const chosen = new Uint32Array(places.length * stride)
    let to = 0
    for (const place of places) for (let word = 0; word < stride; word++) chosen[to++] = this.words[place * stride + word] as number
    return new PackedElements(this.shape, chosen)
  }

  /** Whether the element at a place has the same data as one of another list with the same layout. */
  sameData(place: number, other: PackedElements, otherPlace: number): boolean {
    const { stride } = this
    const [a, b] = [place * stride, otherPlace * stride]
    for (let word = this.keyWords; word < stride; word++) if (this.words[a + word] !== other.words[b + word]) return false
    return true
  }

  toJSON(): AnyElement[] {
    return [...this]
  }
}

/** Takes elements one after the other. Errors: EgressRouterError `ENFTABLES` for a value that is none of its type. */
export class ElementPacker {
  readonly #shape: Shape
  readonly #keyWords: number
  readonly #stride: number
  #words: Uint32Array
  #view: DataView
  #used = 0

  /** @param expected how many will come, as far as that is known */
  constructor(shape: Shape, expected = 16) {
    this.#shape = shape
    this.#keyWords = keyWords(shape)
    this.#stride = this.#keyWords + dataWords(shape)
    this.#words = new Uint32Array(Math.max(1, expected) * this.#stride)
    this.#view = new DataView(this.#words.buffer)
  }

  /** @param parts those of a concatenated key, or the one value that the key is */
  add(parts: readonly Expression[], data?: Expression): void {
    const at = this.#reserve()
    writeKey(this.#view, at, this.#shape, parts)
    if (!this.#shape.data) return
    if (data === undefined) throw unwritable(parts)
    this.#shape.data.write(this.#view, at + 4 * this.#keyWords, data)
  }

  /** The same from the bytes of the kernel: where key and data begin, which have the size of their types. */
  addBytes(from: DataView, key: number, data: number): void {
    const { keySize, data: type } = this.#shape
    const at = this.#reserve()
    this.#copy(at, from, key, keySize)
    if (type) this.#copy(at + 4 * this.#keyWords, from, data, type.size)
  }

  #copy(at: number, from: DataView, start: number, size: number): void {
    let done = 0
    for (; done + 4 <= size; done += 4) this.#view.setUint32(at + done, from.getUint32(start + done))
    for (; done < size; done++) this.#view.setUint8(at + done, from.getUint8(start + done))
  }

  /** Where the next element begins, in bytes. */
  #reserve(): number {
    const at = 4 * this.#used
    this.#used += this.#stride
    if (this.#used > this.#words.length) {
      const larger = new Uint32Array(2 * this.#used)
      larger.set(this.#words)
      this.#words = larger
      this.#view = new DataView(larger.buffer)
    }
    return at
  }

  finish(): PackedElements {
    return new PackedElements(this.#shape, this.#words.subarray(0, this.#used))
  }
}

/** A list in the layout of a shape; one that is packed so already stays as it is. */
export function packed(shape: Shape, elements: ElementList<AnyElement>): PackedElements {
  if (elements instanceof PackedElements && sameLayout(elements.shape, shape)) return elements
  const packer = new ElementPacker(shape, elements.length)
  const single = shape.keys.length === 1
  for (const element of elements) {
    const [key, data] = isPair(element) ? element : [element as Expression]
    const parts = single ? [key] : partsOf(key)
    if (!parts) throw unwritable(key)
    packer.add(parts, data)
  }
  return packer.finish()
}
