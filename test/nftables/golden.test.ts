// What nft(8) sends decodes and encodes to the same bytes, and our own encoder, which makes nothing on the way, sends the like.
import t from 'tap'
import { NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL } from '../../src/netlink/header.ts'
import { decodeBody, encodeBody, splitDatagram } from '../../src/netlink/message.ts'
import { Batch } from '../../src/nftables/batch.ts'
import { shapesOf, writeCommands } from '../../src/nftables/batch-commands.ts'
import type { Command, NftMap, NftSet } from '../../src/nftables/schema.ts'
import { runAtOnce } from '../../src/steps.ts'
import { fixture, fixtureNames, formatOf, messagesOf } from './fixture.ts'

const of = { family: 'inet', table: 't' } as const
const type = ['inet_proto', 'inet_service']
const sets: NftSet[] = [
  { ...of, name: 'ports', type },
  { ...of, name: 'seen', type: ['nf_proto', ...type], flags: ['dynamic'], size: 1024 }
]
const maps: NftMap[] = [
  { ...of, name: 'address4', type, map: 'ipv4_addr' },
  { ...of, name: 'address6', type, map: 'ipv6_addr' },
  { ...of, name: 'port', type, map: 'inet_service' }
]
const [ports, seen] = sets as [NftSet, NftSet]
const [address4, address6, port] = maps as [NftMap, NftMap, NftMap]
const key = (protocol: number, number: number) => ({ concat: [protocol, number] })
const table = { family: 'inet', name: 't' } as const

/** The commands that the fixtures are of. */
const commands: Readonly<Record<string, Command>> = {
  'table-add': { add: { table } },
  'table-delete': { delete: { table } },
  'set-add': { add: { set: ports } },
  'set-add-dynamic': { add: { set: seen } },
  'set-delete': { delete: { set: ports } },
  'map-add-address4': { add: { map: address4 } },
  'map-add-address6': { add: { map: address6 } },
  'map-add-port': { add: { map: port } },
  'map-flush': { flush: { map: { ...of, name: 'address4' } } },
  'element-add-set': { add: { element: { ...of, name: 'ports', elem: [key(6, 9090), key(17, 53)] } } },
  'element-add-address4': {
    add: {
      element: {
        ...of,
        name: 'address4',
        elem: [
          [key(6, 80), '203.0.113.25'],
          [key(17, 53), '198.51.100.1']
        ]
      }
    }
  },
  'element-add-address6': { add: { element: { ...of, name: 'address6', elem: [[key(6, 80), '2001:db8::1']] } } },
  'element-add-port': { add: { element: { ...of, name: 'port', elem: [[key(6, 80), 8080]] } } },
  'element-delete-set': { delete: { element: { ...of, name: 'ports', elem: [key(6, 9090)] } } },
  'element-delete-address4': { delete: { element: { ...of, name: 'address4', elem: [[key(6, 80), '203.0.113.25']] } } }
}

function written(command: Command, batch = new Batch()): Uint8Array {
  batch.begin(0)
  runAtOnce(writeCommands(batch, [command], shapesOf([...sets, ...maps]), false))
  return batch.end().bytes
}

t.same(fixtureNames.toSorted(), Object.keys(commands).sort(), 'a command for every fixture')

for (const [name, command] of Object.entries(commands)) {
  t.test(name, async t => {
    const golden = fixture(name)
    for (const message of splitDatagram(golden)) {
      const format = formatOf(message)
      if (!format) continue
      const { header, values } = decodeBody(format, message.body)
      t.same(Buffer.from(encodeBody(format, header, values)), Buffer.from(message.body), 'the table encodes what it has decoded')
    }
    const ours = messagesOf(written(command))
    const theirs = messagesOf(golden)
    t.equal(ours.length, theirs.length)
    for (const [i, { message, values }] of ours.entries()) {
      const { message: other, values: golden } = theirs[i] as (typeof theirs)[number]
      t.equal(message.type, other.type, 'type')
      t.equal(message.sequence, other.sequence, 'number')
      // we ask for an answer to the last message; a table that we add must not be there
      const also = name === 'table-add' ? NLM_F_CREATE | NLM_F_EXCL : 0
      t.equal(message.flags, other.flags | NLM_F_ACK | also, 'flags')
      // numbers that tell sets of one transaction apart, and what libnftables notes for itself
      const { setId: _, id: _id, userData: notes, flags, ...rest } = golden
      const { id: _own, userData, flags: ownFlags, ...own } = values
      // the library numbers the elements of a list, the kernel does not look at it
      const listed = ({ elements, ...others }: Record<string, unknown>) => ({ ...others, elements: elements && Object.values(elements) })
      t.same(listed(own), listed(rest), 'attributes')
      t.equal(ownFlags ?? 0, flags ?? 0, 'flags of the object')
      if (userData instanceof Uint8Array && notes instanceof Uint8Array) {
        const told = Buffer.from(notes).toString('hex')
        for (let at = 0; at < userData.length; at += 6)
          t.ok(told.includes(Buffer.from(userData.subarray(at, at + 6)).toString('hex')), 'the notes are among those of libnftables')
      }
    }
  })
}

t.test('a whole transaction, begin and end included', async t => {
  const golden = fixture('table-delete')
  const ours = written(commands['table-delete'] as Command)
  const flags = golden.subarray(20 + 6)
  flags[0] = (flags[0] as number) | NLM_F_ACK
  t.same(Buffer.from(ours), Buffer.from(golden), 'to the byte, but for the wish for an answer')
})

t.test('a buffer that was used before', async t => {
  const batch = new Batch()
  batch.bytes.fill(0xff)
  for (const command of Object.values(commands)) t.same(Buffer.from(written(command, batch)), Buffer.from(written(command)))
})
