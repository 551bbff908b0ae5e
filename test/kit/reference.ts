// A data path made by hand with ip and nft, to prove the laboratory without the product. It covers the plain example only.
import { ipv4, ipv6 } from './documentation.ts'
import type { Lab } from './laboratory.ts'

const ruleset = `table inet reference {
  chain restore {
    type filter hook prerouting priority -150;
    iifname eth0 ct mark 0x1000000 meta mark set ct mark
  }
  chain inbound {
    type nat hook prerouting priority -100;
    iifname eth0 fib daddr type local meta l4proto { tcp, udp } ct mark set 0x1000000 meta mark set 0x1000000
    meta mark 0x1000000 meta nfproto ipv4 dnat ip to ${ipv4.destinations[0]}
    meta mark 0x1000000 meta nfproto ipv6 dnat ip6 to ${ipv6.destinations[0]}
  }
  chain clamp {
    type filter hook forward priority 0;
    tcp flags syn tcp option maxseg size set rt mtu
  }
  chain source {
    type nat hook postrouting priority 100;
    oifname macvlan0 ct status dnat meta nfproto ipv4 snat ip to ${ipv4.source}
    oifname macvlan0 ct status dnat meta nfproto ipv6 snat ip6 to ${ipv6.source}
  }
}
`

const batch = `addr add ${ipv4.sourcePrefix} dev macvlan0 noprefixroute
addr add ${ipv6.sourcePrefix} dev macvlan0 nodad noprefixroute
link set macvlan0 up
rule add fwmark 0x1000000/0x1000000 lookup 4242 priority 1000
rule add from ${ipv4.source} lookup 4242 priority 1001
route add 192.168.12.0/24 dev macvlan0 table 4242
route add default via ${ipv4.gateway} dev macvlan0 table 4242
`

const batch6 = `rule add fwmark 0x1000000/0x1000000 lookup 4242 priority 1000
rule add from ${ipv6.source} lookup 4242 priority 1001
route add fd00:12::/64 dev macvlan0 table 4242
route add default via ${ipv6.gateway} dev macvlan0 table 4242
`

const sysctls = [
  'ipv4/conf/macvlan0/rp_filter=2',
  'ipv4/ip_forward=1',
  'ipv6/conf/all/forwarding=1',
  'ipv4/icmp_errors_use_inbound_ifaddr=1'
]

export async function handMadeDataPath(lab: Lab): Promise<void> {
  await lab.must('router', ['nft', '-f', '-'], { input: ruleset })
  await lab.must('router', ['sh', '-e'], { input: sysctls.map(s => `echo ${s.replace(/(.*)=(.*)/, '$2 >/proc/sys/net/$1')}`).join('\n') })
  await lab.must('router', ['ip', '-batch', '-'], { input: batch })
  await lab.must('router', ['ip', '-6', '-batch', '-'], { input: batch6 })
}
