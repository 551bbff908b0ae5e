// What ip(8) sends and the kernel answers decodes to what was asked, and encodes to the same bytes again.
import t from 'tap'
import { decodeBody, encodeBody, encodeMessage, splitDatagram } from '../../src/netlink/message.ts'
import { fixture, fixtureNames, formatOf, objects } from './fixture.ts'

t.test('every message encodes to its own bytes', async t => {
  for (const name of fixtureNames) {
    for (const message of splitDatagram(fixture(name))) {
      const format = formatOf(message)
      if (!format) continue
      const { header, values } = decodeBody(format, message.body)
      t.same(Buffer.from(encodeBody(format, header, values)), Buffer.from(message.body), name)
    }
  }
})

t.test('a request encodes whole, header included', async t => {
  const bytes = fixture('link-add-macvlan')
  const [message] = splitDatagram(bytes)
  t.ok(message)
  if (message) t.same(Buffer.from(encodeMessage(message)), Buffer.from(bytes))
})

const one = (name: string) => objects(name)[0]

t.test('links', async t => {
  // ip sends text without the zero that the kernel ends it with: such text stays as bytes, and with it what it would choose
  t.match(one('link-add-macvlan'), {
    values: {
      address: '02:00:00:00:00:03',
      link: 3,
      name: 'mv0',
      info: { '#1': Buffer.from('macvlan'), data: Buffer.of(8, 0, 1, 0, 4, 0, 0, 0) }
    }
  })
  t.match(one('link-set-mtu-alias'), { values: { mtu: 1400, '#20': Buffer.from('egress-router') } })
  t.match(one('link-set-up'), { header: { flags: 1, change: 1 } })
  t.match(one('link-show'), {
    header: { family: 0, type: 1, index: 4 },
    values: {
      name: 'mv0',
      mtu: 1400,
      link: 3,
      alias: 'egress-router',
      operationalState: 6,
      carrier: 1,
      address: '02:00:00:00:00:03',
      broadcast: 'ff:ff:ff:ff:ff:ff',
      info: { kind: 'macvlan', data: { mode: 4, flags: 0, macaddrCount: 0 } }
    }
  })
})

t.test('addresses', async t => {
  const v4 = { header: { family: 2, prefixLength: 24, index: 4 }, values: { local: '192.0.2.10', address: '192.0.2.10', flags: 0x200 } }
  t.match(one('address-add-v4'), v4)
  t.match(one('address-show-v4'), { ...v4, values: { ...v4.values, flags: 0x280, label: 'mv0' } })
  t.match(one('address-add-v6'), { header: { family: 10, prefixLength: 64 }, values: { local: '2001:db8::10', flags: 0x202 } })
  t.ok(objects('address-show-v6').some(({ values }) => values.address === '2001:db8::10' && values.flags === 0x282))
})

t.test('routes', async t => {
  const table = { table: 4242 }
  t.match(one('route-add-link'), {
    header: { family: 2, destinationLength: 24, protocol: 101, scope: 253, type: 1 },
    values: { ...table, destination: '192.0.2.0', preferredSource: '192.0.2.10', outgoingLink: 4 }
  })
  t.match(one('route-add-default'), {
    header: { destinationLength: 0, flags: 4 },
    values: { ...table, gateway: '192.0.2.1', priority: 7, metrics: { mtu: 1400 } }
  })
  t.match(one('route-add-v6'), { header: { family: 10 }, values: { ...table, gateway: '2001:db8::1', outgoingLink: 4 } })
  t.match(one('route-add-blackhole'), { header: { type: 6 }, values: { ...table, destination: '198.51.100.0', priority: 0xffff_ffff } })
  t.match(one('route-add-multipath'), { values: { ...table, destination: '203.0.113.0' } })
  const nexthop = (gateway: number, weight: number) => [16, 0, 4, weight - 1, 4, 0, 0, 0, 8, 0, 5, 0, 192, 0, 2, gateway]
  t.same(one('route-add-multipath')?.values.multipath, Buffer.from([...nexthop(1, 1), ...nexthop(2, 3)]), 'two struct rtnexthop')
  t.same(
    objects('route-show-v4').map(({ header, values }) => [values.destination, header.type, values.gateway, values.priority]),
    [
      [undefined, 1, '192.0.2.1', 7],
      ['192.0.2.0', 1, undefined, undefined],
      ['198.51.100.0', 6, undefined, 0xffff_ffff],
      ['203.0.113.0', 1, undefined, undefined]
    ]
  )
  t.match(one('route-show-v6'), { header: { family: 10, protocol: 101 }, values: { ...table, gateway: '2001:db8::1', priority: 1024 } })
})

t.test('rules', async t => {
  t.match(one('rule-add-mark'), {
    header: { action: 1 },
    values: { mark: 0x1000000, mask: 0x1000000, table: 4242, priority: 1000, protocol: 101 }
  })
  t.match(one('rule-add-from-v6'), { header: { family: 10, sourceLength: 128 }, values: { source: '2001:db8::10' } })
  const rules = objects('rule-show')
  t.same(
    rules.map(({ values }) => [values.priority, values.table]),
    [
      [undefined, 255],
      [1000, 4242],
      [1002, 4242],
      [32766, 254],
      [32767, 253]
    ]
  )
  const selectors = { source: '192.0.2.0', destination: '198.51.100.0', incomingLink: 'lo', outgoingLink: 'p0', ipProtocol: 6 }
  t.match(rules[2]?.values, { ...selectors, suppressPrefixLength: 0, destinationPorts: Buffer.of(80, 0, 80, 0) })
})

t.test('neighbors', async t => {
  const neighbor = { header: { state: 0x80, index: 4 }, values: { destination: '192.0.2.1', address: '02:00:00:00:00:09' } }
  t.match(one('neighbor-add'), neighbor)
  t.ok(objects('neighbor-show').some(({ values }) => values.destination === '192.0.2.1'))
})
