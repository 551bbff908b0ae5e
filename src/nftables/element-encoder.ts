import { encodeAttributes, NLA_F_NESTED } from '../netlink/attribute.ts'
import type { Steps } from '../steps.ts'
import type { Batch } from './batch.ts'
import { dataAttributes, elementAttributes, elementListAttributes, listAttributes } from './messages.ts'
import { PackedElements, packed } from './packed-elements.ts'
import type { AnyElement, ElementList } from './schema.ts'
import { type Shape, sameKeys } from './types.ts'

/** struct nlattr, in front of every value; its length is a number of 16 bits. */
const NLATTR_SIZE = 4
const MOST = 0xffff

const nest = (length: number, { type }: { type: number }) => (length | ((type | NLA_F_NESTED) << 16)) >>> 0
const plain = (length: number, { type }: { type: number }) => (length | (type << 16)) >>> 0

/**
 * Writes elements of one set or map into a batch, straight into its buffer: as many messages as it takes, since the attribute that holds
 * the list can have 64 KiB. All elements of a set are of one size, so their headers are worked out once. A step is one message.
 *
 * @param number NFT_MSG_NEWSETELEM, or NFT_MSG_DELSETELEM, which is told the keys alone
 * Errors: EgressRouterError `ENFTABLES` for a value that is none of its type.
 */
export function* writeElements(
  batch: Batch,
  number: number,
  flags: number,
  place: { readonly table: string; readonly shape: Shape; readonly keysOnly: boolean },
  elements: ElementList<AnyElement>
): Steps<void> {
  const { shape, table, keysOnly } = place
  const target = encodeAttributes(elementListAttributes, { table, set: shape.name })
  const { words, stride, keyWords, length } = keysOnly ? withKeys(shape, elements) : packed(shape, elements)
  const data = keysOnly ? undefined : shape.data
  const dataWords = data ? stride - keyWords : 0
  const keyLength = 2 * NLATTR_SIZE + 4 * keyWords
  const dataLength = 2 * NLATTR_SIZE + 4 * dataWords
  const size = NLATTR_SIZE + keyLength + (data ? dataLength : 0)
  const elementHead = nest(size, listAttributes.element)
  const keyHead = nest(keyLength, elementAttributes.key)
  const keyValue = plain(NLATTR_SIZE + shape.keySize, dataAttributes.value)
  const dataHead = nest(dataLength, elementAttributes.data)
  const dataValue = plain(NLATTR_SIZE + (data?.size ?? 0), dataAttributes.value)
  const most = Math.floor((MOST - NLATTR_SIZE) / size)
  for (let from = 0; from < length; from += most) {
    if (from > 0) yield
    const to = Math.min(from + most, length)
    batch.open(number, flags)
    batch.append(target)
    let at = batch.reserve(NLATTR_SIZE + size * (to - from))
    const { view } = batch
    view.setUint32(at, nest(NLATTR_SIZE + size * (to - from), elementListAttributes.elements), true)
    at += NLATTR_SIZE
    for (let i = from; i < to; i++) {
      let word = i * stride
      view.setUint32(at, elementHead, true)
      view.setUint32(at + 4, keyHead, true)
      view.setUint32(at + 8, keyValue, true)
      at += 12
      for (const end = word + keyWords; word < end; at += 4) view.setUint32(at, words[word++] as number, true)
      if (!data) continue
      view.setUint32(at, dataHead, true)
      view.setUint32(at + 4, dataValue, true)
      at += 8
      for (const end = word + dataWords; word < end; at += 4) view.setUint32(at, words[word++] as number, true)
    }
    batch.close()
  }
}

/** Elements of which the keys matter: those of a map may have their data with them. */
const withKeys = (shape: Shape, elements: ElementList<AnyElement>): PackedElements =>
  elements instanceof PackedElements && sameKeys(elements.shape, shape) ? elements : packed({ ...shape, data: undefined }, elements)
