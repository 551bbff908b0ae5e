// Any bytes either decode or are refused with a CodecError: no other error, no endless loop, no byte outside what was given.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { decodeAcknowledgement, decodeDone, refusal } from '../../src/netlink/acknowledgement.ts'
import { type AttributeTable, attributeAt, decodeAttributes, encodeAttributes } from '../../src/netlink/attribute.ts'
import { CodecError } from '../../src/netlink/error.ts'
import { decodeBody, encodeMessage, splitDatagram } from '../../src/netlink/message.ts'
import { messageTable } from '../../src/nftables/events.ts'
import { linkFormat } from '../../src/rtnetlink/link.ts'
import { tables } from '../uapi/subjects.ts'
import { cases, forEvery } from './cases.ts'
import { valuesOf } from './generate.ts'

const noise = fc.uint8Array({ maxLength: 200 })

/** Whole bytes with some of them changed, and the end cut off or grown. */
function damaged(whole: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(0, 1, 3, 4, 0x7f, 0x80, 0xff), fc.integer({ min: 0, max: 255 })))
  return fc.tuple(whole, fc.array(change, { maxLength: 4 }), fc.integer({ min: -12, max: 12 })).map(([bytes, changes, growth]) => {
    const copy = new Uint8Array(Math.max(0, bytes.length + growth))
    copy.set(bytes.subarray(0, copy.length))
    for (const [at, byte] of changes) if (copy.length > 0) copy[at % copy.length] = byte
    return copy
  })
}

/** Runs twice with other bytes around: who reads outside gets two answers; who writes outside leaves a trace. */
function guarded(bytes: Uint8Array, read: (bytes: Uint8Array) => unknown): void {
  const outcomes = [0x00, 0xa5].map(guard => {
    const around = new Uint8Array(bytes.length + 64).fill(guard)
    around.set(bytes, 32)
    const before = around.slice()
    const outcome = outcomeOf(() => read(around.subarray(32, 32 + bytes.length)))
    assert.deepEqual(around, before)
    return outcome
  })
  assert.deepEqual(outcomes[0], outcomes[1])
}

function outcomeOf(read: () => unknown): unknown {
  try {
    return { value: read() }
  } catch (error) {
    if (error instanceof CodecError) return { refused: error.message }
    throw error
  }
}

t.test('attributes of every table', async t => {
  forEvery(tables, ({ file, key, value: table }, parameters) => {
    const whole = valuesOf(table).map(values => encodeAttributes(table, values as never))
    const property = fc.property(fc.oneof(noise, damaged(whole), damaged(whole)), fc.nat({ max: 220 }), (bytes, offset) => {
      guarded(bytes, given => decodeAttributes(table, given))
      guarded(bytes, given => attributeAt(table, given, offset))
    })
    fc.assert(property, parameters)
    t.pass(`${file} ${key}`)
  })
})

const links = valuesOf(linkFormat.attributes as AttributeTable).map(values => encodeAttributes(linkFormat.attributes, values as never))
const body = fc.tuple(fc.uint8Array({ minLength: 16, maxLength: 16 }), links).map(parts => Uint8Array.from(Buffer.concat(parts)))
const datagram = fc
  .array(body, { minLength: 1, maxLength: 3 })
  .map(bodies => Uint8Array.from(Buffer.concat(bodies.map(body => encodeMessage({ type: 16, flags: 2, sequence: 7, body })))))

t.test('datagrams and the bodies in them', async t => {
  const property = fc.property(fc.oneof(noise, damaged(datagram)), bytes => {
    guarded(bytes, given => [...splitDatagram(given)].map(message => decodeBody(linkFormat, message.body)))
    guarded(bytes, given => [...splitDatagram(given)].map(message => messageTable(message)))
  })
  fc.assert(property, { numRuns: cases })
  t.pass(`${cases} cases`)
})

t.test('acknowledgements', async t => {
  const flags = fc.constantFrom(0, 0x100, 0x200, 0x300)
  const property = fc.property(fc.oneof(noise, damaged(body)), flags, (bytes, flags) => {
    const message = { type: 2, flags, sequence: 1, port: 1 }
    guarded(bytes, body => decodeAcknowledgement({ ...message, body }))
    guarded(bytes, body => decodeDone({ ...message, body }))
    guarded(bytes, body => refusal('ip link', decodeAcknowledgement({ ...message, body }), body, linkFormat).message)
  })
  fc.assert(property, { numRuns: cases })
  t.pass(`${cases} cases`)
})
