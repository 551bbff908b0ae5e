import { align } from '../netlink/attribute.ts'
import { CodecError } from '../netlink/error.ts'
import { HEADER_SIZE } from '../netlink/header.ts'
import { viewOf } from '../netlink/payload.ts'
import type { ElementPacker } from './packed-elements.ts'
import type { Element, Expression } from './schema.ts'
import { readKey, type Shape } from './types.ts'

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

/** Takes the elements out of the body of one message of a dump. Errors: CodecError. */
export function readElements(body: Uint8Array, shape: Shape, into: ElementPacker): void {
  const view = viewOf(body)
  walkElements(view, element => {
    const key = keyIn(view, element, shape)
    into.addBytes(view, key, shape.data ? dataIn(view, element, shape.data.size) : key)
  })
}

/** The same of a set that counts, as libnftables would list it: each element with its counter. Errors: CodecError. */
export function readCounts(body: Uint8Array, shape: Shape, tell: (element: Element) => void): void {
  const view = viewOf(body)
  walkElements(view, element => {
    const key = readKey(view, keyIn(view, element, shape), shape)
    const expression = find(view, element, NFTA_SET_ELEM_EXPR)
    const counter = expression && readCounter(view, expression)
    tell(counter ? { elem: { val: key, counter } } : key)
  })
}

function walkElements(view: DataView, tell: (element: Place) => void): void {
  const list = find(view, { at: NFGENMSG_SIZE, size: view.byteLength - NFGENMSG_SIZE }, NFTA_SET_ELEM_LIST_ELEMENTS)
  if (!list) return
  for (let at = list.at; at < list.at + list.size; at += align(lengthAt(view, at, list))) {
    if (typeAt(view, at) === NFTA_LIST_ELEM) tell({ at: at + NLATTR_SIZE, size: lengthAt(view, at, list) - NLATTR_SIZE })
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
  const view = viewOf(message)
  const start = HEADER_SIZE + NFGENMSG_SIZE
  const all = { at: start, size: message.length - start }
  const name = find(view, all, NFTA_SET_ELEM_LIST_SET)
  const list = find(view, all, NFTA_SET_ELEM_LIST_ELEMENTS)
  const set = name && Buffer.from(message.subarray(name.at, name.at + name.size - 1)).toString()
  const shape = set === undefined ? undefined : shapes.get(set)
  if (set === undefined || !shape || !list || offset < list.at || offset >= list.at + list.size) return undefined
  const element = { at: offset + NLATTR_SIZE, size: lengthAt(view, offset, list) - NLATTR_SIZE }
  return { set, key: readKey(view, keyIn(view, element, shape), shape) }
}

/** Where the key of an element begins. */
function keyIn(view: DataView, element: Place, { keySize }: Shape): number {
  const { at, size } = valueIn(view, element, NFTA_SET_ELEM_KEY)
  if (size !== keySize) throw new CodecError(`a key of ${size} bytes where ${keySize} are due`)
  return at
}

function dataIn(view: DataView, element: Place, due: number): number {
  const { at, size } = valueIn(view, element, NFTA_SET_ELEM_DATA)
  if (size !== due) throw new CodecError(`data of ${size} bytes where ${due} are due`)
  return at
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
