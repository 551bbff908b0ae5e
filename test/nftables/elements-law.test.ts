// Laws of the encoder and decoder of elements: what is written is read again, through buffers that were used before and through the kernel;
// any bytes are either read or refused.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { formatAddress } from '../../src/ip/address.ts'
import { CodecError } from '../../src/netlink/error.ts'
import { splitDatagram } from '../../src/netlink/message.ts'
import { Batch } from '../../src/nftables/batch.ts'
import { comparingElements, keyOf, sameElements } from '../../src/nftables/comparison.ts'
import { readCounts, readElements } from '../../src/nftables/element-decoder.ts'
import { writeElements } from '../../src/nftables/element-encoder.ts'
import { KeyIndex } from '../../src/nftables/key-index.ts'
import { NFT_MSG_DELSETELEM, NFT_MSG_NEWSETELEM } from '../../src/nftables/messages.ts'
import { NetlinkTables } from '../../src/nftables/netlink-tables.ts'
import { ElementPacker, packed } from '../../src/nftables/packed-elements.ts'
import type { Ruleset } from '../../src/nftables/ruleset.ts'
import type { AnyElement, ElementList, Expression, NftMap } from '../../src/nftables/schema.ts'
import { type Shape, shapeOf } from '../../src/nftables/types.ts'
import { runAtOnce } from '../../src/steps.ts'
import { inNamespace } from '../../src/sys/namespace.ts'
import { cases } from '../netlink/cases.ts'
import { openScratch } from '../netlink/scratch.ts'

const bytes = (size: number) => fc.uint8Array({ minLength: size, maxLength: size }).map(formatAddress)
const values: Readonly<Record<string, fc.Arbitrary<Expression>>> = {
  nf_proto: fc.constantFrom('ipv4', 'ipv6'),
  inet_proto: fc.integer({ min: 0, max: 255 }),
  inet_service: fc.integer({ min: 0, max: 65_535 }),
  ipv4_addr: bytes(4),
  ipv6_addr: bytes(16)
}
const names = Object.keys(values)
const of = { family: 'inet', table: 't' } as const

const keyed = (type: readonly string[]): fc.Arbitrary<Expression> => {
  const parts = fc.tuple(...type.map(name => values[name] as fc.Arbitrary<Expression>))
  return parts.map(concat => (concat.length === 1 ? (concat[0] as Expression) : { concat }))
}
/** A map of any types of ours, with elements whose keys differ. */
const mapsOf = (leastParts: number): fc.Arbitrary<NftMap> =>
  fc.tuple(fc.array(fc.constantFrom(...names), { minLength: leastParts, maxLength: 3 }), fc.constantFrom(...names)).chain(([type, map]) =>
    fc
      .uniqueArray(fc.tuple(keyed(type), values[map] as fc.Arbitrary<Expression>), {
        maxLength: 12,
        selector: ([key]) => JSON.stringify(key)
      })
      .map(elem => ({ ...of, name: 'm', type, map, elem }))
  )
const maps = mapsOf(1)

/** The bodies of the messages that elements are written as. */
function written(batch: Batch, number: number, shape: Shape, elements: ElementList<AnyElement>): Uint8Array[] {
  batch.begin(1)
  runAtOnce(writeElements(batch, number, 0, { table: 't', shape, keysOnly: number === NFT_MSG_DELSETELEM }, elements))
  return [...splitDatagram(batch.end().bytes)].slice(1, -1).map(({ body }) => body)
}

function read(bodies: readonly Uint8Array[], shape: Shape): AnyElement[] {
  const packer = new ElementPacker(shape)
  for (const body of bodies) readElements(body, shape, packer)
  return [...packer.finish()]
}

const batch = new Batch()

t.test('what is written is read again', async () => {
  const property = fc.property(maps, map => {
    batch.bytes.fill(0xa5)
    const shape = shapeOf(map) as Shape
    assert.deepEqual(read(written(batch, NFT_MSG_NEWSETELEM, shape, map.elem ?? []), shape), map.elem)
    const { map: _, elem, ...set } = map
    const keys = [...(elem ?? [])].map(([key]) => key)
    const ofSet = shapeOf(set) as Shape
    assert.deepEqual(read(written(batch, NFT_MSG_NEWSETELEM, ofSet, keys), ofSet), keys)
    assert.deepEqual(read(written(batch, NFT_MSG_DELSETELEM, shape, elem ?? []), ofSet), keys, 'of what is deleted the keys alone')
  })
  fc.assert(property, { numRuns: cases })
})

t.test('thousands of elements take several messages, none longer than its length can say', async t => {
  const map: NftMap = { ...of, name: 'm', type: ['inet_proto', 'inet_service'], map: 'ipv6_addr' }
  const elem = Array.from({ length: 65_536 }, (_, i) => [{ concat: [6, i] }, `2001:db8::${i.toString(16)}`] as const).map(
    ([key, address]) => [key, address.replace(/::0$/, '::')] as const
  )
  const shape = shapeOf(map) as Shape
  const bodies = written(batch, NFT_MSG_NEWSETELEM, shape, elem)
  t.ok(bodies.length > 40)
  t.ok(bodies.every(body => body.length < 65_536 + 64))
  t.same(read(bodies, shape).length, elem.length)
  t.ok(sameElements(read(bodies, shape) as never, elem))
})

t.test('packed elements are those that were packed, each at its place', async () => {
  const property = fc.property(maps, fc.array(fc.nat(11), { maxLength: 12 }), (map, chosen) => {
    const shape = shapeOf(map) as Shape
    const elements = [...(map.elem ?? [])]
    const list = packed(shape, elements)
    assert.deepEqual([...list], elements)
    assert.deepEqual(JSON.parse(JSON.stringify({ list })), JSON.parse(JSON.stringify({ list: elements })))
    assert.equal(packed({ ...shape, name: 'another' }, list), list, 'what is packed stays so')
    const places = chosen.filter(place => place < elements.length)
    const some = places.map(place => elements[place])
    assert.deepEqual([...list.select(places)], some)
    for (const [i, place] of places.entries()) assert.equal(new KeyIndex(list).find(list.select(places), i), place)
  })
  fc.assert(property, { numRuns: cases })
})

t.test('any bytes are read or refused', async () => {
  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    // those of a message, with one changed
    fc.tuple(maps, fc.nat(), fc.nat(255)).map(([map, place, value]) => {
      const body = written(new Batch(), NFT_MSG_NEWSETELEM, shapeOf(map) as Shape, map.elem ?? [])[0]?.slice() ?? new Uint8Array(4)
      body[place % body.length] = value
      return body
    })
  )
  const property = fc.property(anyBytes, maps, (body, map) => {
    try {
      const shape = shapeOf(map) as Shape
      readElements(body, shape, new ElementPacker(shape))
      readCounts(body, shape, () => {})
    } catch (error) {
      assert.ok(error instanceof CodecError, String(error))
    }
  })
  fc.assert(property, { numRuns: cases })
})

t.test('a value that is none of its type is refused before anything is sent', async t => {
  const shape = (map: string) => shapeOf({ ...of, name: 'm', type: ['inet_proto', 'inet_service'], map }) as Shape
  const bad: ReadonlyArray<readonly [string, Expression, Expression]> = [
    ['ipv4_addr', { concat: [6, 65_536] }, '192.0.2.1'],
    ['ipv4_addr', { concat: [256, 1] }, '192.0.2.1'],
    ['ipv4_addr', { concat: [6] }, '192.0.2.1'],
    ['ipv4_addr', 6, '192.0.2.1'],
    ...['192.0.2', '192.0.2.256', '192.0.2.1.', '192.0.2.1/24', '::1', 'name', ''].map(
      text => ['ipv4_addr', { concat: [6, 1] }, text] as const
    ),
    ...['192.0.2.1', '::g', '2001:db8::1%1', ''].map(text => ['ipv6_addr', { concat: [6, 1] }, text] as const),
    ['inet_service', { concat: [6, 1] }, '80']
  ]
  for (const [map, key, data] of bad)
    t.throws(
      () => written(new Batch(), NFT_MSG_NEWSETELEM, shape(map), [[key, data]]),
      { code: 'ENFTABLES' } as unknown as Error,
      `${JSON.stringify(key)} ${data}`
    )
})

t.test('the difference leads from one list to the other', async () => {
  const list = fc.uniqueArray(fc.tuple(keyed(['inet_proto', 'inet_service']), fc.constantFrom('192.0.2.1', '192.0.2.2')), {
    maxLength: 30,
    selector: ([key]) => JSON.stringify(key)
  })
  const small = fc
    .array(fc.tuple(fc.constantFrom(6, 17), fc.nat(12), fc.constantFrom('192.0.2.1', '192.0.2.2')), { maxLength: 30 })
    .map(entries => [...new Map(entries.map(([a, b, data]) => [`${a} ${b}`, [{ concat: [a, b] }, data] as const])).values()])
  const shape = shapeOf({ ...of, name: 'm', type: ['inet_proto', 'inet_service'], map: 'ipv4_addr' }) as Shape
  const property = fc.property(fc.oneof(list, small), fc.oneof(list, small), fc.boolean(), (wanted, observed, packing) => {
    const as = (elements: unknown) => (packing ? packed(shape, elements as AnyElement[]) : (elements as AnyElement[]))
    const { added, before, after, removed } = runAtOnce(comparingElements(as(wanted), as(observed)))
    const table = new Map(observed.map(element => [keyOf(element as AnyElement), element as AnyElement]))
    for (const element of [...removed, ...before]) assert.ok(table.delete(keyOf(element)), 'what goes is there')
    for (const element of [...after, ...added]) {
      assert.ok(!table.has(keyOf(element)), 'what comes is not')
      table.set(keyOf(element), element)
    }
    assert.ok(sameElements(as([...table.values()]), as(wanted)))
    assert.equal(sameElements(as(wanted), as(observed)), added.length + before.length + removed.length === 0)
  })
  fc.assert(property, { numRuns: cases })
})

t.test('through the kernel', async t => {
  const { namespace } = openScratch(t)
  using tables = new NetlinkTables(open => inNamespace(namespace, open))
  let observed: Ruleset | undefined
  // libnftables, which makes a map anew when its type changes, reads a list of one type as a concatenation
  const property = fc.property(mapsOf(2), map => {
    // each replaces the one before it, of whatever type
    const wanted: Ruleset = { table: 't', sets: [], maps: [map], chains: [], rules: [] }
    runAtOnce(tables.replace(wanted, observed))
    observed = runAtOnce(tables.list('t'))
    assert.ok(sameElements(observed?.maps[0]?.elem, map.elem))
  })
  fc.assert(property, { numRuns: 100 })
})
