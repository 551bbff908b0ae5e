// Laws of the codec, with generated values for every table there is: decode(encode(x)) is x, encode(decode(bytes)) is bytes.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { type AttributeTable, decodeAttributes, encodeAttributes } from '../../src/netlink/attribute.ts'
import { CodecError } from '../../src/netlink/error.ts'
import { structs, tables } from '../uapi/subjects.ts'
import { forEvery } from './cases.ts'
import { valuesOf } from './generate.ts'
import { wire, wireOf } from './wire.ts'

const decode = (table: AttributeTable, bytes: Uint8Array) => decodeAttributes(table, bytes) as Record<string, unknown>
const encode = (table: AttributeTable, values: Record<string, unknown>) => encodeAttributes(table, values as never)

t.test('decode(encode(x)) is x, in the same order', async t => {
  forEvery(tables, ({ file, key, value: table }, parameters) => {
    const property = fc.property(valuesOf(table), values => {
      const again = decode(table, encode(table, values))
      assert.deepEqual(again, values)
      assert.deepEqual(Object.keys(again), Object.keys(values))
    })
    fc.assert(property, parameters)
    t.pass(`${file} ${key}`)
  })
})

t.test('encode(decode(bytes)) is bytes: unknown, doubled and misfit attributes survive', async t => {
  forEvery(tables, ({ file, key, value: table }, parameters) => {
    const plain = Object.fromEntries(Object.entries(table).filter(([, row]) => !row.payload.inside))
    const property = fc.property(wireOf(plain), bytes => {
      const values = decoded(plain, bytes)
      if (values) assert.deepEqual(encode(plain, values), bytes)
    })
    fc.assert(property, parameters)
    t.pass(`${file} ${key}`)
  })
})

t.test('what has been decoded once is encoded to the same values, whatever lies inside', async t => {
  forEvery(tables, ({ file, key, value: table }, parameters) => {
    const property = fc.property(wireOf(table), bytes => {
      const values = decoded(table, bytes)
      if (values) assert.deepEqual(decode(table, encode(table, values)), values)
    })
    fc.assert(property, parameters)
    t.pass(`${file} ${key}`)
  })
})

t.test('structures: decode(encode(x)) is x, encode(decode(bytes)) is bytes', async t => {
  forEvery(structs, ({ value: struct }, parameters) => {
    const property = fc.property(fc.uint8Array({ minLength: struct.size, maxLength: struct.size }), bytes => {
      const values = struct.decode(bytes)
      assert.deepEqual(struct.encode(values), bytes)
      assert.deepEqual(struct.decode(struct.encode(values)), values)
    })
    fc.assert(property, parameters)
    t.pass(struct.name)
  })
})

t.test('an attribute that comes twice keeps its second payload as bytes', async t => {
  const { value: table } = tables.find(({ key }) => key === 'linkAttributes') as (typeof tables)[number]
  const bytes = wire([4, 4, 4, 0x8004].map((type, n) => ({ type, payload: Uint8Array.of(n, 0, 0, 0) })))
  const values = decode(table, bytes)
  t.same(Object.keys(values), ['mtu', '#4', '#4.1', '#32772'])
  t.equal(values.mtu, 0)
  t.same(Buffer.from(encode(table, values)), Buffer.from(bytes))
})

/** Bytes of a wrong size for their type are refused; that is not what these laws are about. */
function decoded(table: AttributeTable, bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    return decode(table, bytes)
  } catch (error) {
    if (error instanceof CodecError) return undefined
    throw error
  }
}
