// Attributes as the kernel writes them, put together without our codec, so that the two do not share a mistake.
import fc from 'fast-check'
import { type AttributeTable, encodeAttributes } from '../../src/netlink/attribute.ts'
import { valuesOf } from './generate.ts'

export interface WireAttribute {
  readonly type: number
  readonly payload: Uint8Array
}

/** Length and type in host order, the payload, zeros up to a multiple of four. */
export function wire(attributes: readonly WireAttribute[]): Uint8Array {
  return Buffer.concat(
    attributes.map(({ type, payload }) => {
      const head = Buffer.alloc(4)
      head.writeUInt16LE(payload.length + 4, 0)
      head.writeUInt16LE(type, 2)
      return Buffer.concat([head, payload, Buffer.alloc((4 - (payload.length % 4)) % 4)])
    })
  )
}

const anyType = fc.oneof(fc.integer({ min: 0, max: 70 }), fc.integer({ min: 0, max: 0xffff }))
const anything: fc.Arbitrary<WireAttribute> = fc.record({ type: anyType, payload: fc.uint8Array({ maxLength: 24 }) })

/** Attributes of the table, unknown ones, ones of a known number with any payload, some of them twice. */
export function wireOf(table: AttributeTable): fc.Arbitrary<Uint8Array> {
  const known = valuesOf(table).map(values => encodeAttributes(table, values as never))
  const part = fc.oneof({ arbitrary: known, weight: 2 }, { arbitrary: anything.map(attribute => wire([attribute])), weight: 3 })
  return fc.array(part, { maxLength: 6 }).map(parts => Uint8Array.from(Buffer.concat(parts)))
}
