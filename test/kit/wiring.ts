// The wires of the laboratory as `ip -batch` texts, one per namespace: hosts first, then the links, then the addresses.
import { ipv4, ipv6, podMtu } from './documentation.ts'

export const hosts = ['client', 'neighbor', 'router', 'node', 'lan', 'gateway', 'server', 'holder'] as const
export type Host = (typeof hosts)[number]

/**
 * `down`: macvlan0 lies in the pod as a node agent leaves it, down and without address. `none`: no link.
 * `parent`: the pod holds a wire `parent0` to the LAN, on which the product makes its own link.
 */
export type Link = 'down' | 'none' | 'parent'
export type MacvlanMode = 'bridge' | 'private'

type NameOf = (host: Host) => string

/** Sysctls before any link exists, so that the links inherit them. */
export const sysctlsBefore: Readonly<Record<Host, readonly string[]>> = {
  client: ['net/ipv6/conf/default/accept_dad=0'],
  neighbor: ['net/ipv6/conf/default/accept_dad=0'],
  // the strictest pod: reverse path filter everywhere, nothing forwarded, IPv6 duplicate detection as the kernel has it
  router: ['net/ipv4/conf/all/rp_filter=1', 'net/ipv4/conf/default/rp_filter=1', 'net/ipv4/ip_forward=0'],
  node: [
    'net/ipv6/conf/default/accept_dad=0',
    'net/ipv4/conf/all/rp_filter=0',
    'net/ipv4/conf/default/rp_filter=0',
    'net/ipv4/ip_forward=1',
    'net/ipv6/conf/all/forwarding=1'
  ],
  lan: ['net/ipv6/conf/default/disable_ipv6=1', 'net/ipv6/conf/all/disable_ipv6=1'],
  gateway: ['net/ipv6/conf/default/accept_dad=0', 'net/ipv4/ip_forward=1', 'net/ipv6/conf/all/forwarding=1'],
  server: ['net/ipv6/conf/default/accept_dad=0'],
  holder: ['net/ipv6/conf/default/accept_dad=0']
}

/** The links of the two namespaces in the middle; their peers land in the hosts. */
export function links(name: NameOf, link: Link): ReadonlyMap<Host, string> {
  return new Map([
    [
      'node',
      `link add cni0 address 02:00:0a:80:00:01 mtu ${podMtu} type bridge mcast_snooping 0
link set cni0 up
link add to-client mtu ${podMtu} type veth peer name eth0 mtu ${podMtu} netns ${name('client')}
link add to-neighbor mtu ${podMtu} type veth peer name eth0 mtu ${podMtu} netns ${name('neighbor')}
link add to-router mtu ${podMtu} type veth peer name eth0 mtu ${podMtu} netns ${name('router')}
link add up0 type veth peer name p-node netns ${name('lan')}`
    ],
    [
      'lan',
      `link add br0 type bridge mcast_snooping 0
link set br0 up
link add p-gateway type veth peer name lan netns ${name('gateway')}
link add p-holder type veth peer name lan netns ${name('holder')}
${link === 'parent' ? `link add p-router type veth peer name parent0 netns ${name('router')}` : ''}`
    ],
    ['gateway', `link add ext type veth peer name eth0 netns ${name('server')}`]
  ])
}

/**
 * Addresses and routes, one text per host; all can run at once. Hosts that forward get link-local addresses by hand: without one the kernel
 * cannot ask for a neighbour on behalf of others, and its own comes up to a second after the link.
 */
export function addresses(link: Link): ReadonlyMap<Host, string> {
  const pod = (four: string, six: string, via4: string, via6: string) => `link set lo up
addr add ${four}/24 dev eth0
addr add ${six}/64 dev eth0 nodad
link set eth0 up
route add default via ${via4}
route add default via ${via6}`
  return new Map([
    ['client', pod(ipv4.client, ipv6.client, ipv4.nodeForClient, ipv6.nodeForClient)],
    ['neighbor', pod(ipv4.neighbor, ipv6.neighbor, ipv4.node, ipv6.node)],
    [
      'router',
      `link set eth0 addrgenmode none
addr add fe80::2/64 dev eth0 nodad
${pod(ipv4.pod, ipv6.pod, ipv4.node, ipv6.node)}
${link === 'parent' ? 'link set parent0 addrgenmode none up' : ''}`
    ],
    [
      'node',
      `link set lo up
link set to-neighbor up
link set to-router up
addr add ${ipv4.node}/24 dev cni0
addr add ${ipv6.node}/64 dev cni0 nodad
addr add fe80::1/64 dev cni0 nodad
addr add ${ipv4.nodeForClient}/24 dev to-client
addr add ${ipv6.nodeForClient}/64 dev to-client nodad
addr add fe80::1/64 dev to-client nodad
link set to-client up
addr add 192.168.12.5/24 dev up0
addr add fd00:12::5/64 dev up0 nodad
addr add fe80::5/64 dev up0 nodad
link set up0 up
route add default via ${ipv4.gateway}
route add default via ${ipv6.gateway}`
    ],
    ['lan', ['p-node', 'p-gateway', 'p-holder', ...(link === 'parent' ? ['p-router'] : [])].map(port => `link set ${port} up\n`).join('')],
    [
      'gateway',
      // the gateway knows the way to the pods: a packet that leaves with a wrong source is answered, and so is seen
      `link set lo up
addr add ${ipv4.gateway}/24 dev lan
addr add ${ipv6.gateway}/64 dev lan nodad
addr add fe80::1/64 dev lan nodad
addr add 203.0.113.1/24 dev ext
addr add 2001:db8:113::1/64 dev ext nodad
addr add fe80::1/64 dev ext nodad
link set lan up
link set ext up
route add 10.128.0.0/15 via 192.168.12.5
route add fd00:128::/31 via fd00:12::5`
    ],
    [
      'server',
      `link set lo up
${[...ipv4.destinations.map(a => `addr add ${a}/24 dev eth0`), ...ipv6.destinations.map(a => `addr add ${a}/64 dev eth0 nodad`)].join('\n')}
link set eth0 up
route add default via 203.0.113.1
route add default via 2001:db8:113::1`
    ],
    ['holder', `link set lo up\naddr add ${ipv4.holder}/24 dev lan\naddr add ${ipv6.holder}/64 dev lan nodad\nlink set lan up`]
  ])
}

/** A bridge that is up before it gets its ports, and gets them when they are up, never loses its carrier; otherwise it waits up to a second. */
export const ports = (link: Link): readonly (readonly [Host, string])[] => [
  [
    'lan',
    ['p-node', 'p-gateway', 'p-holder', ...(link === 'parent' ? ['p-router'] : [])].map(port => `link set ${port} master br0\n`).join('')
  ],
  ['node', 'link set to-neighbor master cni0\nlink set to-router master cni0']
]

/** The cluster lets no pod out by the node itself: what does not leave by the macvlan does not leave. */
export const nodeFilter = `table inet cluster {
  chain forward {
    type filter hook forward priority 0; policy accept;
    iifname { "cni0", "to-client" } oifname "up0" drop
  }
}
`

/** What the node agent does: the link straight into the pod, under its name, down and without address. */
export const macvlan = (router: string, mode: MacvlanMode) => `link add link up0 name macvlan0 netns ${router} type macvlan mode ${mode}`
