// Environments and the states they meet: what a dozen operators would type, and what their pods look like before.
import { add, address, byGateway, foreign, lastRoute, plug, route, rule, type Step, sysctl } from '../contract/steps.ts'

export interface Scenario {
  readonly env: Readonly<Record<string, string>>
  readonly before: readonly Step[]
  /** The environment of a router that was there before. */
  readonly earlier?: Readonly<Record<string, string>>
}

const eth0: readonly Step[] = [
  plug('eth0', { up: true, mtu: 1400 }),
  add('address', address('10.128.0.2/24', 'eth0', foreign)),
  add('address', address('fd00:128::2/64', 'eth0', foreign)),
  add('route', byGateway('10.128.0.1', { link: 'eth0', table: 254, protocol: 4 }))
]
const pod: readonly Step[] = [...eth0, plug('macvlan0', {})]
const plain = { EGRESS_SOURCE: '192.168.12.99/24', EGRESS_GATEWAY: '192.168.12.1', EGRESS_DESTINATION: '203.0.113.25' }
const dual = {
  EGRESS_SOURCE: '192.168.12.99/24,fd00:12::99/64',
  EGRESS_GATEWAY: '192.168.12.1,fd00:12::1',
  EGRESS_DESTINATION: '80 tcp 203.0.113.25\n8080 tcp 203.0.113.26 80\n53 udp 2001:db8:113::25\n203.0.113.27\n2001:db8:113::27'
}

export const scenarios: Readonly<Record<string, Scenario>> = {
  'the example of the documentation': { env: plain, before: pod },
  'a bare source and a gateway outside of it': { env: { ...plain, EGRESS_SOURCE: '192.168.12.99' }, before: pod },
  'both families, redirects and fallbacks': { env: dual, before: pod },
  'IPv6 alone, the gateway link-local': {
    env: {
      EGRESS_SOURCE: 'fd00:12::99',
      EGRESS_GATEWAY: 'fe80::1',
      EGRESS_DESTINATION: '443 tcp 2001:db8:113::25',
      EGRESS_CONFLICT_PROBE: 'off'
    },
    before: pod
  },
  'the link is made on a parent': {
    env: { ...plain, EGRESS_PARENT: 'parent0', EGRESS_MACVLAN_MODE: 'bridge', EGRESS_MTU: '1400' },
    before: [...eth0, plug('parent0')]
  },
  'other numbers': {
    env: { ...plain, EGRESS_TABLE: '77', EGRESS_MARK: '0x1000000/0x3000000', EGRESS_PRIORITY: '50', EGRESS_PROTOCOL: '200' },
    before: pod
  },
  'ports that stay, and SCTP': {
    env: { ...plain, EGRESS_DESTINATION: '5000 sctp 203.0.113.25', EGRESS_LOCAL_PORTS: '8080 9090/tcp' },
    before: pod
  },
  'other names of links': {
    env: { ...plain, EGRESS_INTERFACE: 'net1', EGRESS_CLUSTER_INTERFACE: 'ens3' },
    before: [plug('ens3'), plug('net1')]
  },
  'the pod’s link by its default route': {
    env: plain,
    before: [
      plug('ens3'),
      add('address', address('10.0.0.2/24', 'ens3', foreign)),
      add('route', byGateway('10.0.0.1', { link: 'ens3', table: 254, protocol: 4 })),
      plug('macvlan0')
    ]
  },
  'the address put there by hand': { env: plain, before: [...pod, add('address', address('192.168.12.99/24', 'macvlan0', foreign))] },
  'half done, and others’ objects beside it': {
    env: plain,
    before: [
      ...pod,
      sysctl('ipv4/ip_forward', '1'),
      sysctl('ipv4/conf/macvlan0/rp_filter', '1'),
      add('address', address('192.168.12.99/24')),
      add('route', lastRoute('ipv4')),
      add('rule', rule({ mark: 0x1000000, mask: 0x1000000 })),
      add('rule', rule({ priority: 500, from: '10.128.0.2/32', table: 99, protocol: 4 })),
      add('route', route('10.9.0.0/16', { link: 'eth0', table: 99, protocol: 4 }))
    ]
  },
  'another source and another destination': {
    env: { ...plain, EGRESS_SOURCE: '192.168.12.98/24', EGRESS_DESTINATION: '80 tcp 203.0.113.26' },
    before: pod,
    earlier: plain
  },
  'the prefix corrected': { env: plain, before: pod, earlier: { ...plain, EGRESS_SOURCE: '192.168.12.99/16' } },
  'back to IPv4 alone': { env: plain, before: pod, earlier: dual },
  'nothing to do': { env: dual, before: pod, earlier: dual }
}
