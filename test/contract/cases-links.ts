// Cases about links and sysctls.
import { add, address, byGateway, change, down, foreign, macvlan, plug, remove, route, type Step, sysctl, unplug, up } from './steps.ts'

const wire: readonly Step[] = [plug('parent0')]
const made: readonly Step[] = [...wire, add('link', macvlan())]

export const linkCases: Readonly<Record<string, readonly Step[]>> = {
  'a fresh namespace': [],
  'a link that is plugged in': [plug('eth0', { up: true, mtu: 1400 })],
  'a macvlan is made down': made,
  'a macvlan on a parent that is down': [plug('parent0', {}), add('link', macvlan()), up('macvlan0')],
  'a macvlan goes up': [...made, up('macvlan0')],
  'a macvlan in mode bridge with an MTU': [...wire, add('link', macvlan({ mode: 'bridge', mtu: 1300 })), up('macvlan0', 1300)],
  'two macvlans on one parent': [...made, add('link', macvlan({}, 'macvlan1'))],
  'two macvlans in mode passthru': [
    ...wire,
    add('link', macvlan({ mode: 'passthru' })),
    add('link', macvlan({ mode: 'passthru' }, 'macvlan1'))
  ],
  'passthru beside another': [...made, add('link', macvlan({ mode: 'passthru' }, 'macvlan1'))],
  'another beside passthru': [...wire, add('link', macvlan({ mode: 'passthru' })), add('link', macvlan({}, 'macvlan1'))],
  'a macvlan without parent': [...wire, add('link', macvlan({ parent: 'eth7' }))],
  'a macvlan nobody said how to make': [add('link', { name: 'macvlan0', up: true })],
  'a macvlan whose MTU is above the parent’s': [...wire, add('link', macvlan({ mtu: 9000 }))],
  'a macvlan whose name is taken': [...wire, plug('macvlan0'), add('link', macvlan())],
  'a macvlan twice': [...made, add('link', macvlan())],
  'a macvlan on a port of a bridge': [plug('parent0', { port: true }), add('link', macvlan())],
  'a macvlan on the loopback': [add('link', macvlan({ parent: 'lo' }))],
  'an MTU above the parent’s': [...made, up('macvlan0', 9000)],
  'an MTU below the parent’s': [...made, up('macvlan0', 1300)],
  'the parent’s MTU drags the macvlan’s': [...made, up('macvlan0', 1500), up('parent0', 1400)],
  'the parent goes down and up': [...made, up('macvlan0'), down('parent0')],
  'the parent is unplugged': [...made, up('macvlan0'), add('address', address('192.168.12.99/24')), unplug('parent0')],
  'up what is up, down what is down': [...made, down('macvlan0'), up('macvlan0'), up('macvlan0')],
  'a link that is not there goes up': [up('macvlan0')],
  'a link is deleted': [
    ...made,
    up('macvlan0'),
    add('address', address('192.168.12.99/24')),
    remove('link', { name: 'macvlan0', up: true })
  ],
  'a link that is not there is deleted': [remove('link', { name: 'macvlan0', up: true })],
  'down takes IPv4 routes and leaves the address': [
    ...made,
    up('macvlan0'),
    add('address', address('192.168.12.99/24')),
    add('route', route('192.168.12.0/24', { source: '192.168.12.99' })),
    add('route', byGateway('192.168.12.1', { source: '192.168.12.99' })),
    down('macvlan0')
  ],
  'down takes all of IPv6': [
    ...made,
    up('macvlan0'),
    add('address', address('fd00:12::99/64')),
    add('route', route('fd00:12::/64')),
    add('route', byGateway('fd00:12::1')),
    down('macvlan0')
  ],
  'up brings connected routes back': [
    ...wire,
    add('address', address('10.1.0.2/16', 'parent0', foreign)),
    add('address', address('fd00:1::2/64', 'parent0', foreign)),
    down('parent0'),
    up('parent0')
  ],
  'addresses on a link that is down connect when it goes up': [
    plug('parent0', {}),
    add('address', address('10.1.0.2/16', 'parent0', foreign)),
    add('address', address('fd00:1::2/64', 'parent0', foreign)),
    up('parent0')
  ],
  'addresses on a link that is down': [
    plug('parent0', {}),
    add('address', address('10.1.0.2/16', 'parent0', foreign)),
    add('address', address('fd00:1::2/64', 'parent0', foreign))
  ],
  'IPv6 switched off takes it away': [
    ...wire,
    add('address', address('fd00:1::2/64', 'parent0', foreign)),
    add('route', route('fd00:9::/64', { link: 'parent0' })),
    sysctl('ipv6/conf/parent0/disable_ipv6', '1'),
    add('address', address('fd00:1::3/64', 'parent0')),
    add('route', route('fd00:8::/64', { link: 'parent0' }))
  ],
  'sysctls take values': [
    ...made,
    sysctl('ipv4/conf/macvlan0/rp_filter', '2'),
    sysctl('ipv4/ip_forward', '1'),
    sysctl('ipv6/conf/all/forwarding', '1')
  ],
  'sysctls refuse': [
    sysctl('ipv4/conf/macvlan0/rp_filter', '2'),
    sysctl('ipv4/ip_forward', 'yes'),
    change('sysctl', { key: 'net/ipv4/nothing', value: '1' })
  ],
  'a new link takes the defaults': [sysctl('ipv4/conf/default/rp_filter', '1'), sysctl('ipv6/conf/default/accept_ra', '0'), ...made],
  'sysctls go with their link': [...made, sysctl('ipv4/conf/macvlan0/rp_filter', '2'), remove('link', { name: 'macvlan0', up: true })]
}

export const watchedSysctls = ['macvlan0', 'parent0', 'default', 'all']
  .flatMap(link => [
    ...['rp_filter', 'arp_ignore', 'arp_announce', 'arp_notify', 'proxy_arp', 'promote_secondaries'].map(
      name => `net/ipv4/conf/${link}/${name}`
    ),
    ...['disable_ipv6', 'accept_ra', 'autoconf', 'addr_gen_mode', 'ndisc_notify', 'forwarding'].map(name => `net/ipv6/conf/${link}/${name}`)
  ])
  .concat('net/ipv4/ip_forward', 'net/ipv4/icmp_errors_use_inbound_ifaddr', 'net/ipv4/nothing')
