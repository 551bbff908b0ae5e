// A namespace with one of many kinds of things, to be read by us and by ip(8).
import { writeSysctl } from '../../src/sys/sysctl.ts'
import { openScratch, type Scratch } from '../netlink/scratch.ts'

const links = `
link set lo up
link add p0 address 02:00:00:00:00:01 mtu 1450 type veth peer name p1 address 02:00:00:00:00:02
link add br0 address 02:00:00:00:00:03 type bridge
link set p1 master br0
link add mv-private link p0 type macvlan mode private
link add mv-vepa link p0 type macvlan mode vepa
link add mv-bridge link p0 type macvlan mode bridge
link add mv-source link p0 type macvlan mode source
link set mv-source type macvlan macaddr set 02:00:00:00:00:09 02:00:00:00:00:0a
link add q0 type veth peer name q1
link add mv-alone link q0 type macvlan mode passthru
tuntap add dev tun0 mode tun
tuntap add dev tap0 mode tap
link add vx0 type vxlan id 42 dstport 4789 local 192.0.2.1
link add ifb0 type ifb
link set tap0 txqueuelen 77
link set p0 up alias outer
link set p1 up
link set br0 up
link set mv-bridge up`

const addresses = `
addr add 192.0.2.1/24 brd + dev p0
addr add 192.0.2.2/24 dev p0
addr add 198.51.100.1 peer 198.51.100.2 dev p0
addr add 203.0.113.9/32 dev mv-bridge noprefixroute metric 50
addr add 169.254.7.7/16 dev br0 scope link label br0:other
addr add 2001:db8::1/64 dev p0
addr add 2001:db8::2/64 dev p0 noprefixroute
addr add 2001:db8::3/64 dev br0`

const routes = `
route add blackhole 10.0.0.0/8
route add unreachable 10.1.0.0/16 metric 77
route add prohibit 10.2.0.0/16 table 4242
route add 10.4.0.0/16 nexthop via 192.0.2.7 dev p0 weight 1 nexthop via 192.0.2.8 dev p0 weight 5
route add default via 192.0.2.254 dev p0 mtu 1400 advmss 1360
route add default via 203.0.113.1 dev mv-bridge onlink table 4242 proto 101 src 203.0.113.9
route add 10.5.0.0/16 via inet6 2001:db8::5 dev p0
route add 10.6.0.0/16 dev p0 scope link tos 0x10
route add blackhole 2001:db8:a::/48
route add unreachable 2001:db8:b::/48 metric 9 table 4242
route add 2001:db8:c::/48 via 2001:db8::9 dev p0 proto 101 expires 1000
route add 2001:db8:d::/48 nexthop via 2001:db8::a dev p0 nexthop via 2001:db8::b dev p0
route add 2001:db8:e::/48 from 2001:db8:f::/48 dev p0`

const rules = `
rule add fwmark 0x1000000/0x1000000 lookup 4242 priority 1000 protocol 101
rule add from 192.0.2.0/24 to 198.51.100.7 iif p0 oif br0 lookup 4242 priority 1001
rule add ipproto tcp sport 1000-2000 dport 80 lookup 7 priority 1002
rule add from 10.0.0.0/8 unreachable priority 1003
rule add fwmark 7 goto 32766 priority 1004
rule add lookup main suppress_prefixlength 0 suppress_ifgroup 3 priority 1005
rule add not from 10.9.0.0/16 lookup 9 priority 1006
rule add uidrange 5-9 lookup 10 priority 1007`

const rules6 = `
rule add from 2001:db8::/32 fwmark 3/7 lookup 4242 priority 1000 protocol 101
rule add iif p0 lookup 7 priority 1001`

const neighbors = `
neigh add 192.0.2.77 lladdr 02:00:00:00:00:77 dev p0 nud permanent
neigh add 192.0.2.78 lladdr 02:00:00:00:00:78 dev p0 nud noarp
neigh add 2001:db8::77 lladdr 02:00:00:00:00:79 dev p0 nud permanent`

const lines = (text: string) => text.trim().split('\n')

export function openPopulated(t: Parameters<typeof openScratch>[0]): Scratch {
  const scratch = openScratch(t)
  // nothing shall change by itself while it is read: no link-local addresses, no duplicate address detection
  for (const [key, value] of [
    ['addr_gen_mode', '1'],
    ['accept_dad', '0'],
    ['router_solicitations', '0']
  ] as const)
    writeSysctl(scratch.namespace, `net/ipv6/conf/default/${key}`, value)
  scratch.ip(...[links, addresses, routes, rules, neighbors].flatMap(lines))
  scratch.ip6(...lines(rules6))
  // the other end of a link is in another namespace, which has a number here
  const other = openScratch(t)
  scratch.ip(`link add far0 type veth peer name far1 netns ${other.name}`)
  return scratch
}

/** Reads by us, by ip(8) and by us again, until nothing changed between: carriers and bridge ports need a moment to settle. */
export function readTogether<A, B>(ours: () => A, theirs: () => B): { ours: A; theirs: B } {
  for (let tries = 0; tries < 100; tries++) {
    const before = ours()
    const answer = theirs()
    if (JSON.stringify(ours()) === JSON.stringify(before)) return { ours: before, theirs: answer }
  }
  throw new Error('the namespace does not come to rest')
}
