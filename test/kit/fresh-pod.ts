// Puts the router pod back to where it was, by hand and quickly, without trust in the product's own `clean`.
import { ipv4, ipv6 } from './documentation.ts'
import type { Lab } from './laboratory.ts'
import { snapshot } from './snapshot.ts'

/** Remembers the sysctls and the macvlan of now; gives what restores them (same index and address) and removes the router's objects. */
export async function freshPod(lab: Lab): Promise<() => Promise<void>> {
  const [link] = JSON.parse(await lab.must('router', ['ip', '-j', 'link', 'show', 'macvlan0'])) as [{ ifindex: number; address: string }]
  const { sysctls } = await snapshot(lab)
  const value = (path: string) => new RegExp(`^/proc/sys/net/${path}:(.*)$`, 'm').exec(sysctls)?.[1] ?? '0'
  const general = ['ipv4/ip_forward', 'ipv4/icmp_errors_use_inbound_ifaddr', 'ipv6/conf/all/forwarding']
  const script = `ip link del macvlan0 || true
for family in -4 -6; do
  while ip $family rule del protocol 101 2>/dev/null; do :; done
  ip $family route flush table all proto 101
done
nft delete table inet egress_router || true
${general.map(path => `echo ${value(path)} >/proc/sys/net/${path}`).join('\n')}
ip neigh flush all
`
  const add = `link add link up0 name macvlan0 index ${link.ifindex} address ${link.address} netns ${lab.name('router')} type macvlan mode private`
  return async () => {
    await lab.run('router', ['sh'], { input: script })
    await lab.must('node', ['ip', ...add.split(' ')])
    // the gateway forgets too, as if the router had never spoken
    await lab.run('gateway', ['ip', 'neigh', 'del', ipv4.source, 'dev', 'lan'])
    await lab.run('gateway', ['ip', 'neigh', 'del', ipv6.source, 'dev', 'lan'])
  }
}
