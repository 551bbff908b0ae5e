// Routes as we decode them, beside `ip -j -d route show table all`.
import t from 'tap'
import type { Values } from '../../src/netlink/attribute.ts'
import { NLM_F_CREATE, NLM_F_EXCL } from '../../src/netlink/header.ts'
import { decodeBody, encodeBody } from '../../src/netlink/message.ts'
import { RTM_DELROUTE, RTM_GETROUTE, RTM_NEWROUTE, RTNH_F_ONLINK, routeFormat, routeScopes, routeTypes } from '../../src/rtnetlink/route.ts'
import { AF_INET, AF_INET6 } from '../../src/sys/syscalls.ts'
import { openScratch } from '../netlink/scratch.ts'
import { openPopulated, readTogether } from './populated.ts'

interface IpRoute {
  type: keyof typeof routeTypes
  dst: string
  from?: string
  tos?: string
  gateway?: string
  via?: { family: string; host: string }
  dev?: string
  table: string
  protocol: string
  scope: keyof typeof routeScopes
  prefsrc?: string
  metric?: number
  flags: string[]
  metrics?: [{ mtu?: number; advmss?: number }]
  nexthops?: object[]
  pref?: string
  expires?: number
}

const request = { command: 'ip route show table all', type: RTM_GETROUTE, format: routeFormat }
const tables: Readonly<Record<string, number>> = { default: 253, main: 254, local: 255 }
const protocols: Readonly<Record<string, number>> = { kernel: 2, boot: 3, static: 4, ra: 9 }
const preferences = ['medium', 'high', undefined, 'low']
const network = (address: string | undefined, length: number, bits: number) =>
  address === undefined ? 'default' : length === bits ? address : `${address}/${length}`

for (const family of [AF_INET, AF_INET6]) {
  t.test(`every field that our tables decode, family ${family}`, async t => {
    const { socket, json } = openPopulated(t)
    const bits = family === AF_INET ? 32 : 128
    const dump = () =>
      socket.dump({ ...request, header: { family } }).map(({ header, values }) => ({
        type: header.type,
        destination: network(values.destination, header.destinationLength, bits),
        source: values.source === undefined ? undefined : network(values.source, header.sourceLength, bits),
        tos: header.tos,
        gateway: values.gateway,
        via: values.via && Buffer.from(values.via).toString('hex'),
        link: values.outgoingLink,
        table: values.table,
        protocol: header.protocol,
        scope: header.scope,
        preferredSource: values.preferredSource,
        priority: values.priority ?? (family === AF_INET6 ? 0 : undefined),
        onlink: (header.flags & RTNH_F_ONLINK) !== 0,
        mtu: values.metrics?.mtu,
        advertisedMss: values.metrics?.advertisedMss,
        multipath: values.multipath !== undefined,
        preference: preferences[values.preference ?? 0]
      }))
    const { ours, theirs } = readTogether(dump, () => ({
      links: json<{ ifname: string; ifindex: number }>('link', 'show'),
      routes: json<IpRoute>('-d', family === AF_INET ? '-4' : '-6', 'route', 'show', 'table', 'all')
    }))
    const indexOf = new Map(theirs.links.map(link => [link.ifname, link.ifindex]))
    const expected = theirs.routes.map(route => ({
      type: routeTypes[route.type],
      destination: route.dst,
      source: route.from,
      tos: Number(route.tos ?? 0),
      gateway: route.gateway,
      // struct rtvia: the family, then the address
      via: route.via && '0a0020010db8000000000000000000000005',
      link: route.dev === undefined ? undefined : indexOf.get(route.dev),
      table: tables[route.table] ?? Number(route.table),
      protocol: protocols[route.protocol] ?? Number(route.protocol),
      scope: routeScopes[route.scope],
      preferredSource: route.prefsrc,
      priority: route.metric,
      onlink: route.flags.includes('onlink'),
      mtu: route.metrics?.[0].mtu,
      advertisedMss: route.metrics?.[0].advmss,
      multipath: route.nexthops !== undefined,
      preference: route.pref ?? 'medium'
    }))
    t.ok(expected.length >= 12, 'many kinds')
    t.strictSame(ours, expected, 'one by one in the same order')
  })
}

t.test('what we add is there as we said it', async t => {
  const { socket } = openScratch(t, 'link set lo up')
  for (const [family, destination, destinationLength] of [
    [AF_INET, '198.51.100.0', 24],
    [AF_INET6, '2001:db8:1::', 48]
  ] as const) {
    const header = { family, destinationLength, protocol: 101, type: routeTypes.unreachable }
    const values = { destination, table: 4242, priority: 0xffff_ffff }
    const command = 'ip route add'
    socket.request({ command, type: RTM_NEWROUTE, flags: NLM_F_CREATE | NLM_F_EXCL, format: routeFormat, header, values })
    const find = () => socket.dump(request).find(entry => entry.values.destination === destination)
    t.match(find(), { header, values }, destination)
    socket.request({ command: 'ip route del', type: RTM_DELROUTE, format: routeFormat, header, values })
    t.equal(find(), undefined)
  }
})

t.test('routes of other families, which a dump of all of them brings, do not spoil it', async t => {
  const read = (values: Values<typeof routeFormat.attributes>) =>
    decodeBody(routeFormat, encodeBody(routeFormat, { family: 128 }, values)).values
  const multicast = { destination: '239.1.2.3', expires: new Uint8Array(8) }
  t.same(read(multicast), multicast, 'RTA_EXPIRES of a multicast route is wider')
  const phonet = { '#1': Uint8Array.of(0x64) }
  t.same(read(phonet), phonet, 'an address of one byte')
})
