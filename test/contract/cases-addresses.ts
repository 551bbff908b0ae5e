// Cases about addresses.
import { add, address, foreign, macvlan, plug, remove, route, type Step, sysctl, up } from './steps.ts'

const ready: readonly Step[] = [plug('eth0'), plug('parent0'), add('link', macvlan()), up('macvlan0')]
const four = address('192.168.12.99/24')
const six = address('fd00:12::99/64')
const named = { source: '192.168.12.99' } as const
const claimed: readonly Step[] = [...ready, add('address', four), add('address', six)]
const old = address('10.1.0.2/24', 'eth0', foreign)
const hanging = address('10.1.0.3/24', 'eth0', foreign)

export const addressCases: Readonly<Record<string, readonly Step[]>> = {
  'addresses of both families': claimed,
  'an address twice': [...claimed, add('address', four), add('address', six)],
  'an address with another prefix': [...claimed, add('address', address('192.168.12.99/32')), add('address', address('fd00:12::99/128'))],
  'an address on two links': [
    ...claimed,
    add('address', address('192.168.12.99/24', 'eth0')),
    add('address', address('fd00:12::99/64', 'eth0'))
  ],
  'an address on a link that is not there': [add('address', four), remove('address', four)],
  'host addresses': [
    ...ready,
    add('address', address('192.168.12.99/32', 'macvlan0', foreign)),
    add('address', address('fd00:12::99/128', 'macvlan0', foreign))
  ],
  'a link-local IPv4 address': [...ready, add('address', address('169.254.1.2/16'))],
  'addresses with connected routes': [
    ...ready,
    add('address', address('192.168.12.99/24', 'macvlan0', foreign)),
    add('address', address('fd00:12::99/64', 'macvlan0', foreign))
  ],
  'addresses go': [...claimed, remove('address', four), remove('address', six)],
  'addresses that are not there go': [...ready, remove('address', four), remove('address', six)],
  'addresses with connected routes go': [
    ...ready,
    add('address', address('192.168.12.99/24', 'macvlan0', foreign)),
    add('address', address('fd00:12::99/64', 'macvlan0', foreign)),
    remove('address', address('192.168.12.99/24', 'macvlan0', foreign)),
    remove('address', address('fd00:12::99/64', 'macvlan0', foreign))
  ],
  'two addresses share a network, the first goes': [
    ...ready,
    add('address', address('fd00:1::2/64', 'eth0', foreign)),
    add('address', address('fd00:1::3/64', 'eth0', foreign)),
    remove('address', address('fd00:1::2/64', 'eth0', foreign))
  ],
  'a primary address takes its secondaries along': [...ready, add('address', old), add('address', hanging), remove('address', old)],
  'a secondary goes alone': [...ready, add('address', old), add('address', hanging), remove('address', hanging)],
  'a secondary is promoted': [
    ...ready,
    sysctl('ipv4/conf/eth0/promote_secondaries', '1'),
    add('address', old),
    add('address', hanging),
    remove('address', old)
  ],
  'the last address takes every route of the link': [
    ...ready,
    add('address', four),
    add('route', route('10.9.0.0/16')),
    remove('address', four)
  ],
  'an address goes that a route of its link names': [
    ...ready,
    add('address', four),
    add('address', address('10.7.0.1/24')),
    add('route', route('192.168.12.0/24', named)),
    add('route', route('10.8.0.0/24', { ...named, table: 254 })),
    add('route', route('10.9.0.0/24', { table: 254 })),
    remove('address', four)
  ],
  'an address goes that a route of another link names': [
    ...ready,
    add('address', four),
    add('address', address('10.7.0.1/24', 'eth0')),
    add('route', route('10.8.0.0/24', { ...named, table: 77, link: 'eth0' })),
    add('route', route('10.9.0.0/24', { ...named, table: 254, link: 'eth0' })),
    remove('address', four)
  ],
  'an IPv6 address goes that a route names': [
    ...ready,
    add('address', six),
    add('route', route('fd00:12::/64', { source: 'fd00:12::99' })),
    remove('address', six)
  ],
  'an address goes and is still on another link': [
    ...ready,
    add('address', four),
    add('address', address('192.168.12.99/24', 'eth0')),
    add('route', route('10.9.0.0/24', { ...named, table: 254, link: 'eth0' })),
    remove('address', four)
  ]
}
