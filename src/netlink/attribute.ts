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

export const align = (length: number): number => (length + 3) & ~3

/** Encodes values in their own order. Errors: CodecError for a key that the table lacks, or a payload above 64 KiB. */
export function encodeAttributes<T extends AttributeTable>(table: T, values: Values<T>): Uint8Array {
  const parts: Array<{ type: number; bytes: Uint8Array }> = []
  for (const [key, value] of Object.entries(values)) {
    if (value === undefined) continue
    const part = key.startsWith('#') ? rawPart(key, value as Uint8Array) : knownPart(table, key, value, values)
    if (part.bytes.length > MAX_LENGTH - HEADER)
      throw new CodecError(`${table[key]?.name ?? key} of ${part.bytes.length} bytes is too long`)
    parts.push(part)
  }
  const out = new Uint8Array(parts.reduce((sum, { bytes }) => sum + HEADER + align(bytes.length), 0))
  const view = new DataView(out.buffer)
  let offset = 0
  for (const { type, bytes } of parts) {
    view.setUint16(offset, HEADER + bytes.length, true)
    view.setUint16(offset + 2, type, true)
    out.set(bytes, offset + HEADER)
    offset += HEADER + align(bytes.length)
  }
  return out
}

function knownPart(table: AttributeTable, key: string, value: unknown, siblings: Siblings) {
  const row = table[key]
  if (!row) throw new CodecError(`no attribute '${key}' in this table`)
  const bytes = row.payload.encode(value, siblings)
  return { type: row.type | (row.payload.nestedFlag ? NLA_F_NESTED : 0), bytes }
}

function rawPart(key: string, bytes: Uint8Array) {
  const type = Number.parseInt(key.slice(1), 10)
  if (!(type >= 0 && type <= 0xffff)) throw new CodecError(`'${key}' is no number of an attribute`)
  return { type, bytes }
}

/** Decodes attributes. Errors: CodecError when the bytes are no attributes, or a value has the wrong size for its type. */
export function decodeAttributes<T extends AttributeTable>(table: T, bytes: Uint8Array): Values<T> {
  const keys = keysByType(table)
  const values: Record<string, unknown> = {}
  for (const { type, payload } of walk(bytes)) {
    const key = keys.get(type & TYPE_MASK)
    const row = key === undefined ? undefined : table[key]
    const sameFlags = row && type === ((row.type & TYPE_MASK) | (row.payload.nestedFlag ? NLA_F_NESTED : 0))
    const value = key !== undefined && sameFlags && !(key in values) ? decodeNamed(row, payload, values) : undefined
    if (value === undefined) values[freeKey(values, type)] = payload.slice()
    else values[key as string] = value
  }
  return values as Values<T>
}

function decodeNamed(row: Attribute<unknown>, payload: Uint8Array, siblings: Siblings): unknown {
  try {
    return row.payload.decode(payload, siblings)
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

/** Every attribute of `bytes` with its whole type field (flags included); the payloads are views, not copies. */
export function* walk(bytes: Uint8Array): Generator<{ type: number; payload: Uint8Array; offset: number }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let offset = 0; offset < bytes.length; ) {
    if (bytes.length - offset < HEADER) throw new CodecError(`${bytes.length - offset} bytes left where an attribute should begin`)
    const length = view.getUint16(offset, true)
    if (length < HEADER || offset + length > bytes.length)
      throw new CodecError(`an attribute of ${length} bytes where ${bytes.length - offset} are left`)
    yield { type: view.getUint16(offset + 2, true), payload: bytes.subarray(offset + HEADER, offset + length), offset }
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
  for (const { type, payload, offset: start } of walk(bytes)) {
    const key = keys.get(type & TYPE_MASK)
    const row = key === undefined ? undefined : table[key]
    if (offset < start + HEADER + payload.length) {
      const inner = offset >= start + HEADER ? row?.payload.nameAt?.(payload, offset - start - HEADER, siblings) : undefined
      return inner ?? row?.name
    }
    if (row && !row.payload.nameAt) siblings[key as string] = row.payload.decode(payload, siblings)
  }
  return undefined
}
