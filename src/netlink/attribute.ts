import { CodecError } from './error.ts'
import type { Payload, Siblings } from './payload.ts'

/** One row an attribute: its kernel name, its number, how its value lies in bytes. */
export interface Attribute<T> {
  readonly name: string
  readonly type: number
  readonly payload: Payload<T>
}

export const attribute = <T>(name: string, type: number, payload: Payload<T>): Attribute<T> => ({ name, type, payload })

// biome-ignore lint/suspicious/noExplicitAny: a table holds payloads of every type
export type AttributeTable = Readonly<Record<string, Attribute<any>>>

/**
 * Values by the table's keys, in the order in which they lie in the message. What the table does not know (or knows otherwise, or
 * has had already) stays as raw bytes below `#TYPE` or `#TYPE.N`, so that encoding again gives the same bytes.
 */
export type Values<T extends AttributeTable> = { -readonly [K in keyof T]?: T[K] extends Attribute<infer V> ? V : never } & {
  [unknown: `#${string}`]: Uint8Array
}

/** struct nlattr of <linux/netlink.h>: length and type, then the payload, padded to four bytes. */
const HEADER = 4
export const NLA_F_NESTED = 0x8000
const NLA_F_NET_BYTEORDER = 0x4000
const TYPE_MASK = 0xffff & ~(NLA_F_NESTED | NLA_F_NET_BYTEORDER)
const MAX_LENGTH = 0xffff
const HASH = 35

export const align = (length: number): number => (length + 3) & ~3

/** Where messages are made: room for several with the longest attribute. */
const room = new Uint8Array(4 * (MAX_LENGTH + 1))
export const workplace = { bytes: room, view: new DataView(room.buffer) } as const

/** Encodes values in their own order. Errors: CodecError for a key that the table lacks, or a payload above 64 KiB. */
export function encodeAttributes<T extends AttributeTable>(table: T, values: Values<T>): Uint8Array {
  return room.slice(taken, writeAttributes(taken, table, values))
}

/** How much of the workplace holds a message that is being made, while a payload of it makes attributes of its own. */
let taken = 0

/** Encodes values into the workplace from `start` on; where they end. Errors: as `encodeAttributes`. */
export function writeAttributes<T extends AttributeTable>(start: number, table: T, values: Values<T>): number {
  let offset = start
  for (const key in values) {
    const value: unknown = values[key]
    if (value === undefined) continue
    offset = key.charCodeAt(0) === HASH ? writeRaw(offset, key, value as Uint8Array) : writeKnown(offset, table, key, value, values)
  }
  return offset
}

function writeKnown(offset: number, table: AttributeTable, key: string, value: unknown, siblings: Siblings): number {
  const row = Object.hasOwn(table, key) ? table[key] : undefined
  if (!row) throw new CodecError(`no attribute '${key}' in this table`)
  const { payload } = row
  const type = row.type | (payload.nestedFlag ? NLA_F_NESTED : 0)
  const { write } = payload
  if (write) {
    hold(offset + HEADER + write.size + HEADER)
    write.into(workplace.view, offset + HEADER, value)
    return finishPart(offset, type, write.size)
  }
  const length = payload.writeInPlace?.(workplace.view, offset + HEADER, value, siblings)
  if (length === undefined) return writePart(offset, row.name, type, encodePayload(offset, payload, value, siblings))
  if (length > MAX_LENGTH - HEADER) throw new CodecError(`${row.name} of ${length} bytes is too long`)
  hold(offset + HEADER + align(length) + HEADER)
  return finishPart(offset, type, length)
}

function encodePayload(offset: number, payload: Payload<unknown>, value: unknown, siblings: Siblings): Uint8Array {
  const before = taken
  taken = offset
  try {
    return payload.encode(value, siblings)
  } finally {
    taken = before
  }
}

function writePart(offset: number, name: string, type: number, bytes: Uint8Array): number {
  if (bytes.length > MAX_LENGTH - HEADER) throw new CodecError(`${name} of ${bytes.length} bytes is too long`)
  hold(offset + HEADER + bytes.length + HEADER)
  room.set(bytes, offset + HEADER)
  return finishPart(offset, type, bytes.length)
}

/** The header of an attribute whose payload stands there, and zeros behind it; where the next one begins. */
function finishPart(offset: number, type: number, length: number): number {
  workplace.view.setUint16(offset, HEADER + length, true)
  workplace.view.setUint16(offset + 2, type, true)
  const end = offset + HEADER + align(length)
  for (let at = offset + HEADER + length; at < end; at++) room[at] = 0
  return end
}

function hold(length: number): void {
  if (length > room.length) throw new CodecError(`attributes of more than ${room.length} bytes are too long`)
}

function writeRaw(offset: number, key: string, bytes: Uint8Array): number {
  const type = Number.parseInt(key.slice(1), 10)
  if (!(type >= 0 && type <= 0xffff)) throw new CodecError(`'${key}' is no number of an attribute`)
  return writePart(offset, key, type, bytes)
}

/**
 * Decodes attributes. Errors: CodecError when the bytes are no attributes, or a value has the wrong size for its type.
 *
 * @param whole whether what the table does not know is kept, so that encoding again gives the same bytes
 */
export function decodeAttributes<T extends AttributeTable>(table: T, bytes: Uint8Array, whole = true): Values<T> {
  const keys = keysByType(table)
  const values: Record<string, unknown> = {}
  walk(bytes, (type, start, end, view) => {
    const key = keys.get(type & TYPE_MASK)
    if (key === undefined && !whole) return undefined
    const row = key === undefined ? undefined : table[key]
    const sameFlags = row && type === ((row.type & TYPE_MASK) | (row.payload.nestedFlag ? NLA_F_NESTED : 0))
    const value = key !== undefined && sameFlags && !(key in values) ? decodeNamed(row, bytes, start, end, view, values) : undefined
    if (value === undefined) values[freeKey(values, type)] = bytes.slice(start, end)
    else values[key as string] = value
    return undefined
  })
  return values as Values<T>
}

function decodeNamed(row: Attribute<unknown>, bytes: Uint8Array, start: number, end: number, view: DataView, siblings: Siblings): unknown {
  const { payload } = row
  if (payload.read && payload.write?.size === end - start) return payload.read(view, start)
  try {
    return payload.decode(bytes.subarray(start, end), siblings)
  } catch (error) {
    if (error instanceof CodecError) throw new CodecError(`${row.name}: ${error.message}`)
    throw error
  }
}

function freeKey(values: Record<string, unknown>, type: number): string {
  let key = `#${type}`
  for (let n = 1; key in values; n++) key = `#${type}.${n}`
  return key
}

const keysByTable = new WeakMap<AttributeTable, Map<number, string>>()
function keysByType(table: AttributeTable): Map<number, string> {
  const known = keysByTable.get(table)
  if (known) return known
  const keys = new Map(Object.entries(table).map(([key, row]) => [row.type & TYPE_MASK, key]))
  keysByTable.set(table, keys)
  return keys
}

/** Is told of an attribute: its whole type field (flags included), and where its payload begins and ends. Gives true to hear no more. */
type Visit = (type: number, start: number, end: number, view: DataView) => true | undefined

/** Goes through the attributes of `bytes`. Errors: CodecError when there is something else. */
export function walk(bytes: Uint8Array, visit: Visit): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let offset = 0; offset < bytes.length; ) {
    if (bytes.length - offset < HEADER) throw new CodecError(`${bytes.length - offset} bytes left where an attribute should begin`)
    const length = view.getUint16(offset, true)
    if (length < HEADER || offset + length > bytes.length)
      throw new CodecError(`an attribute of ${length} bytes where ${bytes.length - offset} are left`)
    if (visit(view.getUint16(offset + 2, true), offset + HEADER, offset + length, view)) return
    offset += align(length)
  }
}

/** Attributes inside an attribute. `nestedFlag` where the kernel sends and wants NLA_F_NESTED; older families go without. */
export function nested<T extends AttributeTable>(table: T, options: { nestedFlag?: boolean } = {}): Payload<Values<T>> {
  return {
    nestedFlag: options.nestedFlag ?? false,
    inside: { tables: { '': table } },
    decode: bytes => decodeAttributes(table, bytes),
    encode: values => encodeAttributes(table, values),
    writeInPlace: (_, offset, values) => writeAttributes(offset, table, values) - offset,
    nameAt: (bytes, offset) => attributeAt(table, bytes, offset)
  }
}

/** Attributes whose table is chosen by the value of a sibling that stands before; without a table for it, raw bytes. */
export function nestedBy(sibling: string, tables: Readonly<Record<string, AttributeTable>>): Payload<Values<AttributeTable> | Uint8Array> {
  const tableFor = (siblings: Siblings) => {
    const chosen = siblings[sibling]
    return typeof chosen === 'string' && Object.hasOwn(tables, chosen) ? tables[chosen] : undefined
  }
  return {
    inside: { sibling, tables },
    decode(bytes, siblings) {
      const table = tableFor(siblings)
      return table ? decodeAttributes(table, bytes) : bytes.slice()
    },
    encode(value, siblings) {
      if (value instanceof Uint8Array) return value
      const table = tableFor(siblings)
      if (!table) throw new CodecError(`no table for ${sibling} '${String(siblings[sibling])}'`)
      return encodeAttributes(table, value)
    },
    writeInPlace(_, offset, value, siblings) {
      const table = value instanceof Uint8Array ? undefined : tableFor(siblings)
      return table && writeAttributes(offset, table, value as Values<AttributeTable>) - offset
    },
    nameAt(bytes, offset, siblings) {
      const table = tableFor(siblings)
      return table && attributeAt(table, bytes, offset)
    }
  }
}

/** Name of the attribute in which byte `offset` lies, the innermost one that is known; for extended acknowledgements. */
export function attributeAt(table: AttributeTable, bytes: Uint8Array, offset: number): string | undefined {
  const keys = keysByType(table)
  const siblings: Record<string, unknown> = {}
  let found: string | undefined
  walk(bytes, (type, start, end) => {
    const key = keys.get(type & TYPE_MASK)
    const row = key === undefined ? undefined : table[key]
    if (offset < end) {
      found = (offset >= start ? row?.payload.nameAt?.(bytes.subarray(start, end), offset - start, siblings) : undefined) ?? row?.name
      return true
    }
    if (row && !row.payload.nameAt) siblings[key as string] = row.payload.decode(bytes.subarray(start, end), siblings)
    return undefined
  })
  return found
}
