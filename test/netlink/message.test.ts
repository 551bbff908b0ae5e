// Datagrams are cut into messages by their lengths; a length that cannot be is refused.
import t from 'tap'
import { type Attribute, attribute, decodeAttributes, encodeAttributes, nested, nestedBy } from '../../src/netlink/attribute.ts'
import { CodecError } from '../../src/netlink/error.ts'
import { decodeBody, encodeMessage, splitDatagram } from '../../src/netlink/message.ts'
import { flag, raw, text, u16, u32 } from '../../src/netlink/payload.ts'
import { linkFormat } from '../../src/rtnetlink/link.ts'
import { wire } from './wire.ts'

const message = (size: number, type = 16) => encodeMessage({ type, flags: 2, sequence: 9, body: new Uint8Array(size).fill(size) })
const withLength = (bytes: Uint8Array, length: number) => {
  const copy = bytes.slice()
  new DataView(copy.buffer).setUint32(0, length, true)
  return copy
}

t.test('messages follow each other at multiples of four', async t => {
  const padded = new Uint8Array(24)
  padded.set(message(5))
  const found = [...splitDatagram(Buffer.concat([padded, message(0, 3)]))]
  t.match(found, [{ type: 16, flags: 2, sequence: 9, port: 0 }, { type: 3 }])
  t.same(
    found.map(({ body }) => body.length),
    [5, 0]
  )
  t.same([...splitDatagram(new Uint8Array(0))], [])
  t.equal([...splitDatagram(message(5))].length, 1, 'the last one may go without its padding')
})

t.test('lengths that cannot be', async t => {
  for (const length of [0, 15, 25, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]) {
    t.throws(() => [...splitDatagram(withLength(message(8), length))], CodecError, String(length))
  }
  t.throws(() => [...splitDatagram(message(8).subarray(0, 15))], CodecError, 'half a header')
  const bad = Buffer.concat([message(8), withLength(message(8), 0)])
  const given: number[] = []
  t.throws(() => {
    for (const { type } of splitDatagram(bad)) given.push(type)
  }, CodecError)
  t.same(given, [16], 'what stands before is given')
})

t.test('bodies that are too short', async t => {
  t.throws(() => decodeBody(linkFormat, new Uint8Array(15)), { code: 'ECODEC', message: 'ifinfomsg of 15 bytes where 16 are due' })
  t.match(decodeBody(linkFormat, new Uint8Array(16)), { header: { index: 0 }, values: {} })
  t.throws(() => decodeBody(linkFormat, new Uint8Array(18)), CodecError)
})

t.test('attributes: what is refused says why', async t => {
  const table = { number: attribute('X_NUMBER', 1, u32), name: attribute('X_NAME', 2, text), there: attribute('X_THERE', 3, flag) }
  const decode = (type: number, payload: Uint8Array) => decodeAttributes(table, wire([{ type, payload }]))
  t.throws(() => decode(1, new Uint8Array(3)), { message: 'X_NUMBER: payload of 3 bytes where 4 are due' })
  t.throws(() => decodeAttributes(table, Uint8Array.of(3, 0, 1, 0)), { message: 'an attribute of 3 bytes where 4 are left' })
  t.throws(() => decodeAttributes(table, Uint8Array.of(4, 0, 1)), { message: '3 bytes left where an attribute should begin' })
  t.throws(() => encodeAttributes(table, { nothing: 1 } as never), { message: "no attribute 'nothing' in this table" })
  t.throws(() => encodeAttributes(table, { name: 'x'.repeat(70_000) }), { message: 'X_NAME of 70001 bytes is too long' })
  t.throws(() => encodeAttributes(table, { '#7': new Uint8Array(70_000) }), { message: '#7 of 70000 bytes is too long' })
  for (const payload of [[], [104, 105], [104, 0, 105, 0], [0xff, 0]])
    t.same(decode(2, Uint8Array.from(payload)), { '#2': Buffer.from(payload) }, `text that is none stays as bytes: ${payload}`)
  t.same(decode(3, Uint8Array.of()), { there: true })
  t.same(decode(3, Uint8Array.of(1)), { '#3': Buffer.of(1) })
})

t.test('nests: the flag that the kernel wants, and the table that a sibling chooses', async t => {
  const inner = { port: attribute('Y_PORT', 1, u16) }
  const flagged = { nest: attribute('X_NEST', 1, nested(inner, { nestedFlag: true })) as Attribute<unknown> }
  t.same(Buffer.from(encodeAttributes(flagged, { nest: { port: 5 } })), Buffer.from('0c000180060001000500000000', 'hex').subarray(0, 12))
  const chosen = {
    kind: attribute('X_KIND', 1, text),
    data: attribute('X_DATA', 2, nestedBy('kind', { known: inner })),
    rest: attribute('X', 3, raw)
  }
  t.throws(() => encodeAttributes(chosen, { kind: 'other', data: { port: 5 } }), { message: "no table for kind 'other'" })
  for (const kind of ['other', 'constructor', '__proto__']) {
    const values = { kind, data: Uint8Array.of(1, 2, 3) }
    t.same(decodeAttributes(chosen, encodeAttributes(chosen, values)), values, 'without a table: bytes')
  }
})
