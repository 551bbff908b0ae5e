// Cases about routes and rules.
import { add, address, byGateway, down, foreign, lastRoute, macvlan, plug, remove, route, rule, type Step, up } from './steps.ts'

const ready: readonly Step[] = [plug('eth0'), plug('parent0'), add('link', macvlan()), up('macvlan0')]
const four = address('192.168.12.99/24')
const six = address('fd00:12::99/64')
const named = { source: '192.168.12.99' } as const
const claimed: readonly Step[] = [...ready, add('address', four), add('address', six)]

export const routeCases: Readonly<Record<string, readonly Step[]>> = {
  'the routes of a router': [
    ...claimed,
    add('route', route('192.168.12.0/24', named)),
    add('route', byGateway('192.168.12.1', named)),
    add('route', lastRoute('ipv4')),
    add('route', route('fd00:12::/64')),
    add('route', byGateway('fd00:12::1')),
    add('route', lastRoute('ipv6'))
  ],
  'a gateway that nothing reaches': [...claimed, add('route', byGateway('192.168.13.1', named)), add('route', byGateway('fd00:13::1'))],
  'a gateway that nothing reaches, onlink': [
    ...claimed,
    add('route', byGateway('192.168.13.1', { ...named, onlink: true })),
    add('route', byGateway('fd00:13::1', { onlink: true }))
  ],
  'a gateway that only the unreachable default covers': [
    ...claimed,
    add('route', lastRoute('ipv4')),
    add('route', lastRoute('ipv6')),
    add('route', byGateway('192.168.13.1')),
    add('route', byGateway('fd00:13::1'))
  ],
  'a gateway that main reaches': [
    ...ready,
    add('address', address('192.168.12.99/24', 'macvlan0', foreign)),
    add('address', address('fd00:12::99/64', 'macvlan0', foreign)),
    add('route', byGateway('192.168.12.1')),
    add('route', byGateway('fd00:12::1'))
  ],
  'a gateway that another table reaches': [
    ...claimed,
    add('route', route('192.168.12.0/24', { table: 77 })),
    add('route', byGateway('192.168.12.1')),
    add('rule', rule({ table: 77, priority: 900 })),
    add('route', byGateway('192.168.12.1'))
  ],
  'a gateway on another link': [...claimed, add('address', address('10.1.0.2/24', 'eth0', foreign)), add('route', byGateway('10.1.0.1'))],
  'a gateway behind a gateway': [
    ...claimed,
    add('route', route('192.168.12.0/24')),
    add('route', byGateway('192.168.12.1')),
    add('route', byGateway('203.0.113.1', { destination: '10.0.0.0/8' })),
    add('route', route('fd00:12::/64')),
    add('route', byGateway('fd00:12::1')),
    add('route', byGateway('2001:db8::1', { destination: 'fd00:77::/64' }))
  ],
  'a gateway that is a link-local address': [...claimed, add('route', byGateway('fe80::1'))],
  'a gateway that is an address of ours': [
    ...claimed,
    add('route', route('192.168.12.0/24')),
    add('route', route('fd00:12::/64')),
    add('route', byGateway('192.168.12.99')),
    add('route', byGateway('fd00:12::99')),
    add('route', byGateway('192.168.12.99', { onlink: true }))
  ],
  'a gateway that is an address of ours and nothing else': [...claimed, add('route', byGateway('192.168.12.99'))],
  'a gateway that is an address of another link': [
    ...claimed,
    add('address', address('10.1.0.2/24', 'eth0')),
    add('route', byGateway('10.1.0.2')),
    add('route', byGateway('10.1.0.2', { onlink: true }))
  ],
  'a link that is down': [
    ...claimed,
    down('macvlan0'),
    add('route', route('192.168.12.0/24', named)),
    add('route', byGateway('192.168.12.1')),
    add('route', byGateway('192.168.12.1', { onlink: true })),
    add('route', route('fd00:12::/64')),
    add('route', byGateway('fd00:12::1')),
    add('route', byGateway('fd00:12::1', { onlink: true }))
  ],
  'a link that is not there': [add('route', route('192.168.12.0/24')), remove('route', route('192.168.12.0/24'))],
  'a source that is no address of ours': [
    ...claimed,
    add('route', route('192.168.12.0/24', { source: '192.168.12.98' })),
    add('route', route('fd00:12::/64', { source: 'fd00:12::98' }))
  ],
  'a source that is an IPv6 address of ours': [...claimed, add('route', route('fd00:12::/64', { source: 'fd00:12::99' }))],
  'routes twice': [
    ...claimed,
    add('route', route('192.168.12.0/24')),
    add('route', route('192.168.12.0/24')),
    add('route', route('192.168.12.0/24', { link: 'eth0', protocol: 4 })),
    add('route', route('192.168.12.0/24', { metric: 7 })),
    add('route', route('fd00:12::/64')),
    add('route', route('fd00:12::/64')),
    add('route', route('fd00:12::/64', { link: 'eth0', protocol: 4 })),
    add('route', lastRoute('ipv4')),
    add('route', lastRoute('ipv4'))
  ],
  'routes go': [
    ...claimed,
    add('route', byGateway('192.168.13.1', { onlink: true })),
    remove('route', byGateway('192.168.13.1', { protocol: 4, onlink: true })),
    remove('route', byGateway('192.168.13.1', { onlink: true })),
    remove('route', byGateway('192.168.13.1', { onlink: true })),
    add('route', lastRoute('ipv6')),
    remove('route', lastRoute('ipv6')),
    remove('route', lastRoute('ipv6'))
  ],
  'IPv6 without a metric': [...claimed, add('route', route('fd00:12::/64', { metric: 0 }))],
  'tables beyond 255': [
    ...claimed,
    add('route', route('192.168.12.0/24', { table: 4_294_967_295 })),
    add('route', route('fd00:12::/64', { table: 256 }))
  ],
  'other types': [
    ...ready,
    add('route', { ...lastRoute('ipv4'), type: 'blackhole', metric: 5 }),
    add('route', { ...lastRoute('ipv6'), type: 'prohibit', metric: 5 })
  ],
  rules: [
    add('rule', rule({ mark: 0x1000000, mask: 0x1000000 })),
    add('rule', rule({ from: '192.168.12.99/32', priority: 1001 })),
    add('rule', rule({ family: 'ipv6', mark: 1 }))
  ],
  'a rule twice': [add('rule', rule({ mark: 1, mask: 3 })), add('rule', rule({ mark: 1, mask: 3 }))],
  'rules that differ a little': [
    add('rule', rule({ mark: 1, mask: 3 })),
    add('rule', rule({ mark: 1, mask: 7 })),
    add('rule', rule({ mark: 1, mask: 3, table: 77 })),
    add('rule', rule({ mark: 1, mask: 3, protocol: 4 })),
    add('rule', rule({ mark: 1, mask: 3, priority: 77 }))
  ],
  'rules go': [
    add('rule', rule({ mark: 1, mask: 3 })),
    remove('rule', rule({ mark: 1, mask: 3, table: 77 })),
    remove('rule', rule({ mark: 1, mask: 3, protocol: 4 })),
    remove('rule', rule({ mark: 1, mask: 3 })),
    remove('rule', rule({ mark: 1, mask: 3 }))
  ]
}
