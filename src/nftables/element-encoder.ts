import { encodeAttributes, NLA_F_NESTED } from '../netlink/attribute.ts'
import type { Steps } from '../steps.ts'
import type { Batch } from './batch.ts'
import { type AnyElement, isPair, partsOf } from './comparison.ts'
import { dataAttributes, elementAttributes, elementListAttributes, listAttributes } from './messages.ts'
import type { Expression } from './schema.ts'
import { type Shape, unwritable, words } from './types.ts'

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
  elements: readonly AnyElement[]
): Steps<void> {
  const { shape, table, keysOnly } = place
  const target = encodeAttributes(elementListAttributes, { table, set: shape.name })
  const data = keysOnly ? undefined : shape.data
  const keySpace = 4 * words(shape.keySize)
  const dataSpace = data ? 4 * words(data.size) : 0
  const keyLength = 2 * NLATTR_SIZE + keySpace
  const dataLength = 2 * NLATTR_SIZE + dataSpace
  const size = NLATTR_SIZE + keyLength + (data ? dataLength : 0)
  const head = [
    nest(size, listAttributes.element),
    nest(keyLength, elementAttributes.key),
    plain(NLATTR_SIZE + shape.keySize, dataAttributes.value)
  ] as const
  const dataHead = data
    ? ([nest(dataLength, elementAttributes.data), plain(NLATTR_SIZE + data.size, dataAttributes.value)] as const)
    : undefined
  const most = Math.floor((MOST - NLATTR_SIZE) / size)
  const isMap = shape.data !== undefined
  for (let from = 0; from < elements.length; from += most) {
    if (from > 0) yield
    const to = Math.min(from + most, elements.length)
    batch.open(number, flags)
    batch.append(target)
    let at = batch.reserve(NLATTR_SIZE + size * (to - from))
    const { view } = batch
    view.setUint32(at, nest(NLATTR_SIZE + size * (to - from), elementListAttributes.elements), true)
    at += NLATTR_SIZE
    for (let i = from; i < to; i++) {
      const element = elements[i] as AnyElement
      const key = isMap && isPair(element) ? element[0] : (element as Expression)
      view.setUint32(at, head[0], true)
      view.setUint32(at + 4, head[1], true)
      view.setUint32(at + 8, head[2], true)
      writeKey(view, at + 12, shape, key)
      at += 12 + keySpace
      if (!data || !dataHead) continue
      view.setUint32(at, dataHead[0], true)
      view.setUint32(at + 4, dataHead[1], true)
      view.setUint32(at + 4 + dataSpace, 0, true)
      data.write(view, at + 8, (element as readonly [Expression, Expression])[1])
      at += 8 + dataSpace
    }
    batch.close()
  }
}

function writeKey(view: DataView, offset: number, { keys }: Shape, key: Expression): void {
  const [only] = keys
  if (keys.length === 1 && only) {
    view.setUint32(offset + 4 * (words(only.size) - 1), 0, true)
    return only.write(view, offset, key)
  }
  const parts = partsOf(key)
  if (parts?.length !== keys.length) throw unwritable(key)
  let at = offset
  for (let i = 0; i < keys.length; i++) {
    const part = keys[i] as Shape['keys'][number]
    const space = 4 * words(part.size)
    // what the last word of a part does not fill is zero
    view.setUint32(at + space - 4, 0, true)
    part.write(view, at, parts[i] as Expression)
    at += space
  }
}
