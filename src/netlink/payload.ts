import { type Address, addressBytes, formatAddress, writeAddress } from '../ip/address.ts'
import { formatMac, type Mac, macBytes } from '../ip/mac.ts'
import type { AttributeTable } from './attribute.ts'
import { CodecError } from './error.ts'

/** Names and values of the attributes that stand before this one in the same nest; what `nestedBy` chooses by. */
export type Siblings = Readonly<Record<string, unknown>>

/**
 * How the value of an attribute lies in bytes. `decode` gets exactly the payload, without header and padding; it throws a CodecError
 * for a wrong size, and gives undefined for bytes that it could not write again the same (they are then kept raw).
 */
export interface Payload<T> {
  decode(bytes: Uint8Array, siblings: Siblings): T | undefined
  encode(value: T, siblings: Siblings): Uint8Array
  /** For a value of fixed size, the same into a message that is being made: nothing is allocated. */
  readonly write?: { readonly size: number; into(view: DataView, offset: number, value: T): void }
  /**
   * For a value whose size is its own, the same: the number of bytes written, or undefined when it must be encoded. What is written
   * before the room ends is checked by who calls; a value that may reach beyond it is left to be encoded.
   */
  writeInPlace?(view: DataView, offset: number, value: T, siblings: Siblings): number | undefined
  /** And out of one that has come. */
  read?(view: DataView, offset: number): T
  /** Whether the kernel wants NLA_F_NESTED on it. */
  readonly nestedFlag?: boolean
  /** What can lie inside: the tables, by the value of the sibling that chooses where there is one. For who walks the tables. */
  readonly inside?: { readonly sibling?: string; readonly tables: Readonly<Record<string, AttributeTable>> }
  /** Names the attribute at `offset` of the payload, for error messages. */
  nameAt?(bytes: Uint8Array, offset: number, siblings: Siblings): string | undefined
}

export const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

function fixed<T>(
  size: number,
  read: (view: DataView, offset: number) => T,
  write: (view: DataView, offset: number, value: T) => void
): Payload<T> {
  return {
    decode(bytes) {
      if (bytes.length !== size) throw new CodecError(`payload of ${bytes.length} bytes where ${size} are due`)
      return read(viewOf(bytes), 0)
    },
    encode(value) {
      const bytes = new Uint8Array(size)
      write(viewOf(bytes), 0, value)
      return bytes
    },
    write: { size, into: write },
    read
  }
}

/** Host byte order is little-endian on every machine that this program is built for. */
export const u8 = fixed<number>(
  1,
  (view, offset) => view.getUint8(offset),
  (view, offset, value) => view.setUint8(offset, value)
)
export const u16 = fixed<number>(
  2,
  (view, offset) => view.getUint16(offset, true),
  (view, offset, value) => view.setUint16(offset, value, true)
)
export const u32 = fixed<number>(
  4,
  (view, offset) => view.getUint32(offset, true),
  (view, offset, value) => view.setUint32(offset, value, true)
)
export const s32 = fixed<number>(
  4,
  (view, offset) => view.getInt32(offset, true),
  (view, offset, value) => view.setInt32(offset, value, true)
)
export const u64 = fixed<bigint>(
  8,
  (view, offset) => view.getBigUint64(offset, true),
  (view, offset, value) => view.setBigUint64(offset, value, true)
)
/** Network byte order, as netfilter's attributes and ports are. */
export const be16 = fixed<number>(
  2,
  (view, offset) => view.getUint16(offset, false),
  (view, offset, value) => view.setUint16(offset, value, false)
)
export const be32 = fixed<number>(
  4,
  (view, offset) => view.getUint32(offset, false),
  (view, offset, value) => view.setUint32(offset, value, false)
)

/** An attribute that says something by being there. */
export const flag: Payload<true> = {
  decode(bytes) {
    return bytes.length === 0 ? true : undefined
  },
  encode: () => new Uint8Array(0)
}

const LAST_ASCII = 0x7f

/** Text that ends with a zero byte. */
export const text: Payload<string> = {
  decode(bytes) {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (buffer.length === 0 || buffer.indexOf(0) !== buffer.length - 1) return undefined
    const value = buffer.toString('utf8', 0, buffer.length - 1)
    return Buffer.from(value).equals(buffer.subarray(0, -1)) ? value : undefined
  },
  encode: value => Buffer.from(`${value}\0`),
  writeInPlace(view, offset, value) {
    const { length } = value
    if (length > view.byteLength - offset - 1) return undefined
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i)
      if (code > LAST_ASCII) return undefined
      view.setUint8(offset + i, code)
    }
    view.setUint8(offset + length, 0)
    return length + 1
  }
}

/** Bytes as they are. */
export const raw: Payload<Uint8Array> = {
  decode: bytes => bytes.slice(),
  encode: value => value
}

/** An IPv4 or IPv6 address by its length. A dump of all families can bring others (MCTP's and Phonet's have one byte): those stay raw. */
export const address: Payload<Address> = {
  decode: bytes => (bytes.length === 4 || bytes.length === 16 ? formatAddress(bytes) : undefined),
  encode: addressBytes,
  writeInPlace: (view, offset, value) =>
    view.byteLength - offset >= 4 && !value.includes(':') && writeAddress(value, view, offset, 4) ? 4 : undefined
}

/** A link-layer address of any length. */
export const mac: Payload<Mac> = {
  decode: bytes => (bytes.length === 0 ? undefined : formatMac(bytes)),
  encode: macBytes
}
