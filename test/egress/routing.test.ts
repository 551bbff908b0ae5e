// Addresses, routes and rules of a configuration, as ip(8) would be told.
import t from 'tap'
import { routing } from '../../src/egress/routing.ts'
import { linkAddress } from '../../src/state/address.ts'
import { route } from '../../src/state/route.ts'
import { rule } from '../../src/state/rule.ts'
import { sample, source4, source6 } from './sample.ts'

function told(rest: Parameters<typeof sample>[0]): string[] {
  const { addresses, routes, rules } = routing(sample(rest))
  return [
    ...addresses.map(entry => linkAddress.command('add', entry)),
    ...routes.map(entry => route.command('add', entry)),
    ...rules.map(entry => rule.command('add', entry))
  ]
}

t.same(told({}), [
  'ip addr add 192.168.12.99/24 dev macvlan0 noprefixroute',
  'ip route add 192.168.12.0/24 dev macvlan0 table 4242 proto 101 scope link src 192.168.12.99',
  'ip route add default via 192.168.12.1 dev macvlan0 table 4242 proto 101 src 192.168.12.99',
  'ip route add unreachable default table 4242 proto 101 metric 4294967295',
  'ip rule add fwmark 0x1000000/0x1000000 lookup 4242 priority 1000 protocol 101',
  'ip rule add from 192.168.12.99/32 lookup 4242 priority 1001 protocol 101'
])

const further = [
  { address: '192.168.12.98', prefix: 24 },
  { address: '10.1.0.9', prefix: 16 },
  { address: '10.9.9.9', prefix: 32 }
]
t.same(
  told({ sources: [{ ...source4, gateway: '10.1.0.1', further }] }),
  [
    'ip addr add 192.168.12.99/24 dev macvlan0 noprefixroute',
    'ip addr add 192.168.12.98/24 dev macvlan0 noprefixroute',
    'ip addr add 10.1.0.9/16 dev macvlan0 noprefixroute',
    'ip addr add 10.9.9.9/32 dev macvlan0 noprefixroute',
    'ip route add 192.168.12.0/24 dev macvlan0 table 4242 proto 101 scope link src 192.168.12.99',
    'ip route add 10.1.0.0/16 dev macvlan0 table 4242 proto 101 scope link src 192.168.12.99',
    'ip route add default via 10.1.0.1 dev macvlan0 table 4242 proto 101 src 192.168.12.99',
    'ip route add unreachable default table 4242 proto 101 metric 4294967295',
    'ip rule add fwmark 0x1000000/0x1000000 lookup 4242 priority 1000 protocol 101',
    'ip rule add from 192.168.12.99/32 lookup 4242 priority 1001 protocol 101',
    'ip rule add from 192.168.12.98/32 lookup 4242 priority 1001 protocol 101',
    'ip rule add from 10.1.0.9/32 lookup 4242 priority 1001 protocol 101',
    'ip rule add from 10.9.9.9/32 lookup 4242 priority 1001 protocol 101'
  ],
  'all addresses of a family, one source'
)

t.same(told({ sources: [source4, source6], interface: 'net1', conflictProbe: 'fast' }), [
  'ip addr add 192.168.12.99/24 dev net1 noprefixroute',
  'ip addr add fd00:12::99/64 dev net1 noprefixroute',
  'ip route add 192.168.12.0/24 dev net1 table 4242 proto 101 scope link src 192.168.12.99',
  'ip route add default via 192.168.12.1 dev net1 table 4242 proto 101 src 192.168.12.99',
  'ip -6 route add fd00:12::/64 dev net1 table 4242 proto 101 metric 1024',
  'ip -6 route add default via fd00:12::1 dev net1 table 4242 proto 101 metric 1024',
  'ip route add unreachable default table 4242 proto 101 metric 4294967295',
  'ip -6 route add unreachable default table 4242 proto 101 metric 4294967295',
  'ip rule add fwmark 0x1000000/0x1000000 lookup 4242 priority 1000 protocol 101',
  'ip -6 rule add fwmark 0x1000000/0x1000000 lookup 4242 priority 1000 protocol 101',
  'ip rule add from 192.168.12.99/32 lookup 4242 priority 1001 protocol 101',
  'ip -6 rule add from fd00:12::99/128 lookup 4242 priority 1001 protocol 101'
])

const routesOf = (source: object) =>
  told({ sources: [source as typeof source4] }).filter(
    line => / (default|\S+\/\d+) .*dev .*table/.test(line) && !line.includes('unreachable')
  )

t.same(
  routesOf({ ...source4, prefix: 32 }),
  ['ip route add default via 192.168.12.1 dev macvlan0 table 4242 proto 101 src 192.168.12.99 onlink'],
  'a bare source: no network, the gateway is on the link all the same'
)
t.same(
  routesOf({ ...source4, gateway: '192.168.13.1' })[1],
  'ip route add default via 192.168.13.1 dev macvlan0 table 4242 proto 101 src 192.168.12.99 onlink',
  'a gateway outside of the network'
)
t.same(
  routesOf({ ...source6, prefix: 128, gateway: 'fe80::1' }),
  ['ip -6 route add default via fe80::1 dev macvlan0 table 4242 proto 101 metric 1024'],
  'a link-local gateway is always on the link'
)
t.match(told({ sources: [source6], conflictProbe: 'off' })[0], /nodad$/, 'without a probe the kernel does not probe either')
