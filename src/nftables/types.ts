import { EgressRouterError } from '../errors.ts'
import { addressOf, writeAddress } from '../ip/address.ts'
import type { Expression, NftMap, NftSet } from './schema.ts'

/** How the values of a type lie in the kernel: `number` and `order` are libnftables' own, which it reads in what it lists. */
export interface DataType {
  readonly number: number
  readonly size: number
  readonly order: number
  write(view: DataView, offset: number, value: Expression): void
  read(view: DataView, offset: number): Expression
}

/** enum byteorder of libnftables. */
const HOST_ORDER = 1
const NETWORK_ORDER = 2

function numberOf(value: Expression, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) return value
  throw unwritable(value)
}

export const unwritable = (value: Expression) =>
  new EgressRouterError('ENFTABLES', `${JSON.stringify(value)} is no value that an element of this type can have`)

const familyNumbers: Readonly<Record<string, number>> = { ipv4: 2, ipv6: 10 }

function address(number: number, size: 4 | 16): DataType {
  return {
    number,
    size,
    order: NETWORK_ORDER,
    write(view, offset, value) {
      if (typeof value !== 'string' || !writeAddress(value, view, offset, size)) throw unwritable(value)
    },
    read: (view, offset) => addressOf(view, offset, size)
  }
}

/** The types that elements of ours are made of, by the names of nft(8). */
const dataTypes: Readonly<Record<string, DataType>> = {
  nf_proto: {
    number: 2,
    size: 1,
    order: HOST_ORDER,
    write(view, offset, value) {
      view.setUint8(offset, typeof value === 'string' ? (familyNumbers[value] ?? 0) : numberOf(value, 0xff))
    },
    read(view, offset) {
      const number = view.getUint8(offset)
      return Object.keys(familyNumbers).find(name => familyNumbers[name] === number) ?? number
    }
  },
  ipv4_addr: address(7, 4),
  ipv6_addr: address(8, 16),
  inet_proto: {
    number: 12,
    size: 1,
    order: NETWORK_ORDER,
    write: (view, offset, value) => view.setUint8(offset, numberOf(value, 0xff)),
    read: (view, offset) => view.getUint8(offset)
  },
  inet_service: {
    number: 13,
    size: 2,
    order: NETWORK_ORDER,
    write: (view, offset, value) => view.setUint16(offset, numberOf(value, 0xffff), false),
    read: (view, offset) => view.getUint16(offset, false)
  }
}

/** What the elements of a set or map look like: parts of a concatenated key begin at multiples of four bytes. */
export interface Shape {
  readonly name: string
  readonly keys: readonly DataType[]
  readonly keySize: number
  readonly data?: DataType | undefined
}

/** undefined when a type is not among ours. */
export function shapeOf(object: NftSet | NftMap): Shape | undefined {
  const keys = object.type.map(name => dataTypes[name])
  const data = 'map' in object ? dataTypes[object.map] : undefined
  if (keys.length === 0 || keys.includes(undefined) || ('map' in object && !data)) return undefined
  const known = keys as DataType[]
  const [only] = known
  return {
    name: object.name,
    keys: known,
    keySize: known.length === 1 ? (only as DataType).size : 4 * known.reduce((sum, { size }) => sum + words(size), 0),
    data
  }
}

/** How many words of four bytes a part takes. */
export const words = (size: number): number => (size + 3) >> 2

/** The same of a key, and of the data that it leads to. */
export const keyWords = ({ keySize }: Shape): number => words(keySize)
export const dataWords = ({ data }: Shape): number => (data ? words(data.size) : 0)

/** Whether elements of two shapes lie alike. */
export const sameLayout = (a: Shape, b: Shape): boolean => a === b || (a.data === b.data && sameKeys(a, b))

export const sameKeys = (a: Shape, b: Shape): boolean => a.keys.length === b.keys.length && a.keys.every((part, i) => part === b.keys[i])

/** The parts of a concatenation. */
export const partsOf = (key: Expression): readonly Expression[] | undefined =>
  typeof key === 'object' && !Array.isArray(key) && 'concat' in key ? (key.concat as readonly Expression[]) : undefined

/** Writes a key of these parts; what the last word of a part does not fill is left alone. */
export function writeKey(view: DataView, offset: number, { keys }: Shape, parts: readonly Expression[]): void {
  if (parts.length !== keys.length) throw unwritable(parts)
  let at = offset
  for (let i = 0; i < keys.length; i++) {
    const part = keys[i] as DataType
    part.write(view, at, parts[i] as Expression)
    at += 4 * words(part.size)
  }
}

export function readKey(view: DataView, offset: number, { keys }: Shape): Expression {
  const [only] = keys
  if (keys.length === 1 && only) return only.read(view, offset)
  const concat: Expression[] = []
  let at = offset
  for (const part of keys) {
    concat.push(part.read(view, at))
    at += 4 * words(part.size)
  }
  return { concat }
}
