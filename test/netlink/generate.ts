// Generates values for the attributes of any table: the kind of payload says what can stand there.
import fc from 'fast-check'
import { formatAddress } from '../../src/ip/address.ts'
import { formatMac } from '../../src/ip/mac.ts'
import type { AttributeTable } from '../../src/netlink/attribute.ts'
import * as payloads from '../../src/netlink/payload.ts'

type Row = AttributeTable[string]
type Pair = readonly [key: string, value: unknown]

const bytes = (constraints: fc.IntArrayConstraints) => fc.uint8Array(constraints)
const integer = (min: number, max: number) =>
  fc.oneof({ arbitrary: fc.integer({ min, max }), weight: 3 }, { arbitrary: fc.constantFrom(min, max), weight: 1 })
/** Words long and short, of one byte a letter and more, without the zero that ends them. */
const word = fc.string({ unit: 'grapheme', maxLength: 20 }).filter(text => !text.includes('\0'))
const addressText = fc
  .oneof(bytes({ minLength: 4, maxLength: 4 }), bytes({ minLength: 16, maxLength: 16 }), sparse(16))
  .map(value => formatAddress(value))

/** Mostly zeros, as IPv6 addresses are, so that runs of zeros and mapped addresses come up. */
function sparse(length: number): fc.Arbitrary<Uint8Array> {
  const byte = fc.oneof(
    { arbitrary: fc.constant(0), weight: 6 },
    { arbitrary: fc.constant(0xff), weight: 2 },
    fc.integer({ min: 0, max: 255 })
  )
  return fc.array(byte, { minLength: length, maxLength: length }).map(list => Uint8Array.from(list))
}

const byPayload = new Map<unknown, fc.Arbitrary<unknown>>([
  [payloads.u8, integer(0, 0xff)],
  [payloads.u16, integer(0, 0xffff)],
  [payloads.u32, integer(0, 0xffff_ffff)],
  [payloads.s32, integer(-0x8000_0000, 0x7fff_ffff)],
  [payloads.u64, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })],
  [payloads.be16, integer(0, 0xffff)],
  [payloads.be32, integer(0, 0xffff_ffff)],
  [payloads.flag, fc.constant(true)],
  [payloads.text, word],
  [payloads.raw, bytes({ maxLength: 40 })],
  [payloads.address, addressText],
  [payloads.mac, bytes({ minLength: 1, maxLength: 32 }).map(formatMac)]
])

/** Values for some of the table's attributes, in any order. */
export function valuesOf(table: AttributeTable): fc.Arbitrary<Record<string, unknown>> {
  return fc
    .shuffledSubarray(Object.keys(table))
    .chain(keys =>
      keys.reduce<fc.Arbitrary<readonly Pair[]>>((before, key) => before.chain(pairs => append(table, pairs, key)), fc.constant([]))
    )
    .map(pairs => Object.fromEntries(pairs))
}

const append = (table: AttributeTable, pairs: readonly Pair[], key: string): fc.Arbitrary<readonly Pair[]> =>
  payloadOf(table, key, Object.fromEntries(pairs)).map(value => [...pairs, [key, value]])

function payloadOf(table: AttributeTable, key: string, siblings: Readonly<Record<string, unknown>>): fc.Arbitrary<unknown> {
  const row = table[key] as Row
  const { inside } = row.payload
  if (!inside) return choosing(table, key, plain(row))
  const choice = inside.sibling === undefined ? '' : String(siblings[inside.sibling])
  const chosen = Object.hasOwn(inside.tables, choice) ? inside.tables[choice] : undefined
  return chosen ? valuesOf(chosen) : bytes({ maxLength: 40 })
}

/** An attribute that chooses the table of another should often choose one that there is. */
function choosing(table: AttributeTable, key: string, arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const follower = Object.values(table).find(row => row.payload.inside?.sibling === key)
  return follower ? fc.oneof(arbitrary, fc.constantFrom(...Object.keys(follower.payload.inside?.tables ?? {}))) : arbitrary
}

function plain(row: Row): fc.Arbitrary<unknown> {
  const arbitrary = byPayload.get(row.payload)
  if (!arbitrary) throw new Error(`${row.name}: say in generate.ts what its payload can hold`)
  return arbitrary
}
