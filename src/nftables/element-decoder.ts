import { align } from '../netlink/attribute.ts'
import { CodecError } from '../netlink/error.ts'
import { HEADER_SIZE } from '../netlink/header.ts'
import { portKey } from './port-key.ts'
import type { Element, Expression } from './schema.ts'
import { dataTypes, type Shape, words } from './types.ts'

/** Attributes of <linux/netfilter/nf_tables.h> as a dump holds them; the kernel sends nests without NLA_F_NESTED. */
const NFTA_SET_ELEM_LIST_SET = 2
const NFTA_SET_ELEM_LIST_ELEMENTS = 3
const NFTA_LIST_ELEM = 1
const NFTA_SET_ELEM_KEY = 1
const NFTA_SET_ELEM_DATA = 2
const NFTA_SET_ELEM_EXPR = 7
const NFTA_EXPR_NAME = 1
const NFTA_EXPR_DATA = 2
const NFTA_COUNTER_BYTES = 1
const NFTA_COUNTER_PACKETS = 2
const NFTA_DATA_VALUE = 1
const NLATTR_SIZE = 4
const NFGENMSG_SIZE = 4
const TYPE_MASK = 0x3fff

/** Where a value lies in a datagram. */
interface Place {
  readonly at: number
  readonly size: number
}

/**
 * Reads the elements out of the body of one message of a dump and hands them to `tell`, as libnftables would list them: a map's as pairs,
 * those of a set that counts with their counters. Errors: CodecError.
 */
export function readElements(body: Uint8Array, shape: Shape, tell: (element: Element | readonly [Expression, Expression]) => void): void {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  const list = find(view, { at: NFGENMSG_SIZE, size: body.length - NFGENMSG_SIZE }, NFTA_SET_ELEM_LIST_ELEMENTS)
  if (!list) return
  for (let at = list.at; at < list.at + list.size; at += align(lengthAt(view, at, list))) {
    if (typeAt(view, at) !== NFTA_LIST_ELEM) continue
    const element = { at: at + NLATTR_SIZE, size: lengthAt(view, at, list) - NLATTR_SIZE }
    tell(readElement(view, element, shape))
  }
}

/**
 * Which element of a message of ours lies at `offset`, counted from its netlink header: what an extended acknowledgement complains of. The
 * name of its set and its key.
 */
export function elementAt(
  message: Uint8Array,
  offset: number,
  shapes: ReadonlyMap<string, Shape | undefined>
): { set: string; key: Expression } | undefined {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
  const start = HEADER_SIZE + NFGENMSG_SIZE
  const all = { at: start, size: message.length - start }
  const name = find(view, all, NFTA_SET_ELEM_LIST_SET)
  const list = find(view, all, NFTA_SET_ELEM_LIST_ELEMENTS)
  const set = name && Buffer.from(message.subarray(name.at, name.at + name.size - 1)).toString()
  const shape = set === undefined ? undefined : shapes.get(set)
  if (set === undefined || !shape || !list || offset < list.at || offset >= list.at + list.size) return undefined
  const element = { at: offset + NLATTR_SIZE, size: lengthAt(view, offset, list) - NLATTR_SIZE }
  return { set, key: readKey(view, valueIn(view, element, NFTA_SET_ELEM_KEY), shape) }
}

function readElement(view: DataView, element: Place, shape: Shape): Element | readonly [Expression, Expression] {
  const key = readKey(view, valueIn(view, element, NFTA_SET_ELEM_KEY), shape)
  if (shape.data) {
    const place = valueIn(view, element, NFTA_SET_ELEM_DATA)
    if (place.size !== shape.data.size) throw new CodecError(`data of ${place.size} bytes where ${shape.data.size} are due`)
    return [key, shape.data.read(view, place.at)]
  }
  const expression = find(view, element, NFTA_SET_ELEM_EXPR)
  const counter = expression && readCounter(view, expression)
  return counter ? { elem: { val: key, counter } } : key
}

function readKey(view: DataView, { at, size }: Place, { keys, keySize }: Shape): Expression {
  if (size !== keySize) throw new CodecError(`a key of ${size} bytes where ${keySize} are due`)
  const [only] = keys
  if (keys.length === 1 && only) return only.read(view, at)
  const [protocol, port, more] = keys
  if (protocol === dataTypes.inet_proto && port === dataTypes.inet_service && !more)
    return portKey(protocol?.read(view, at) as number, port?.read(view, at + 4) as number)
  const concat: Expression[] = []
  let from = at
  for (const part of keys) {
    concat.push(part.read(view, from))
    from += 4 * words(part.size)
  }
  return { concat }
}

function readCounter(view: DataView, expression: Place): { packets: number; bytes: number } | undefined {
  const name = find(view, expression, NFTA_EXPR_NAME)
  const data = find(view, expression, NFTA_EXPR_DATA)
  if (!name || !data || !isCounter(view, name)) return undefined
  const number = (type: number) => {
    const place = find(view, data, type)
    return place?.size === 8 ? Number(view.getBigUint64(place.at, false)) : 0
  }
  return { packets: number(NFTA_COUNTER_PACKETS), bytes: number(NFTA_COUNTER_BYTES) }
}

const COUNTER = 'counter\0'
function isCounter(view: DataView, { at, size }: Place): boolean {
  if (size !== COUNTER.length) return false
  for (let i = 0; i < size; i++) if (view.getUint8(at + i) !== COUNTER.charCodeAt(i)) return false
  return true
}

/** The bytes inside NFTA_DATA_VALUE of a key or of data. */
function valueIn(view: DataView, element: Place, type: number): Place {
  const outer = find(view, element, type)
  const value = outer && find(view, outer, NFTA_DATA_VALUE)
  if (!value) throw new CodecError('an element without its key or data')
  return value
}

/** The first attribute of a type in a nest. */
function find(view: DataView, nest: Place, type: number): Place | undefined {
  for (let at = nest.at; at < nest.at + nest.size; ) {
    const length = lengthAt(view, at, nest)
    if (typeAt(view, at) === type) return { at: at + NLATTR_SIZE, size: length - NLATTR_SIZE }
    at += align(length)
  }
  return undefined
}

const typeAt = (view: DataView, at: number) => view.getUint16(at + 2, true) & TYPE_MASK

function lengthAt(view: DataView, at: number, nest: Place): number {
  const left = nest.at + nest.size - at
  const length = left < NLATTR_SIZE ? 0 : view.getUint16(at, true)
  if (length < NLATTR_SIZE || length > left) throw new CodecError(`an attribute of ${length} bytes where ${left} are left`)
  return length
}
