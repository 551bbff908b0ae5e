import type { EgressConfig } from '../config/shape.ts'
import type { ObservedState } from '../state/state.ts'
import type { Sysctl } from '../state/sysctl.ts'

const RTPROT_RA = 9

/** Every sysctl that a router may want to know or set: what to observe. */
export function sysctlKeys(link: string, cluster: string): string[] {
  return [
    ...Object.keys(ipv4Globals),
    ...Object.keys(ipv6Globals),
    ...Object.keys(ipv4Link).map(name => `net/ipv4/conf/${link}/${name}`),
    ...Object.keys(ipv6Link).map(name => `net/ipv6/conf/${link}/${name}`),
    `net/ipv6/conf/${cluster}/accept_ra`,
    'net/ipv4/conf/all/rp_filter',
    'net/ipv4/conf/all/arp_ignore'
  ]
}

const ipv4Globals = {
  'net/ipv4/ip_forward': '1',
  // (IPv6 does so by itself since Linux 5.3) our "fragmentation needed" must reach the server from the reserved source, which the rule for that source then routes
  'net/ipv4/icmp_errors_use_inbound_ifaddr': '1'
}
const ipv6Globals = { 'net/ipv6/conf/all/forwarding': '1' }

const ipv4Link = {
  // replies come from anywhere; the effective value is the larger of `all` and the link's, so 2 (loose) wins over a strict `all`
  rp_filter: '2',
  // the pod's other addresses are neither answered for nor spoken for on the LAN
  arp_ignore: '1',
  arp_announce: '2',
  arp_notify: '1',
  proxy_arp: '0',
  // replacing an address that was put there by hand must not take others of its network away
  promote_secondaries: '1'
}
const ipv6Link = {
  disable_ipv6: '0',
  // no address, no route and no link-local prefix route but ours: the pod's main table stays as it is
  accept_ra: '0',
  autoconf: '0',
  addr_gen_mode: '1',
  ndisc_notify: '1'
}

/** The sysctls as they should be; those that this kernel does not have are left out. */
export function desiredSysctls(config: EgressConfig, cluster: string, observed: ObservedState): Sysctl[] {
  const all = wantedSysctls(config, cluster, observed)
  return observed.sysctlsReadOnly ? all.filter(entry => !bearable(entry, config.interface, observed)) : all
}

/**
 * Whether a router can do without a sysctl that it cannot set: it is right in effect (for these the kernel takes the larger of `all` and
 * the link's), or only a convenience beside what we do ourselves. What is left must be right, or nothing is set up.
 */
function bearable({ key, value: wanted }: Sysctl, link: string, observed: ObservedState): boolean {
  const value = (name: string) => Number(observed.sysctls.find(entry => entry.key === name)?.value ?? 0)
  const effective = (name: string) => Math.max(value(`net/ipv4/conf/all/${name}`), value(`net/ipv4/conf/${link}/${name}`))
  const name = key.split('/').at(-1) as string
  if (name === 'rp_filter') return effective(name) !== 1
  if (name === 'arp_ignore') return effective(name) >= 1
  if (name === 'disable_ipv6') return wanted === '1'
  return conveniences.has(name)
}

/** arp_announce: what we forward has the reserved source, which the kernel prefers by itself. The others: we announce, and report errors. */
const conveniences = new Set([
  'arp_announce',
  'arp_notify',
  'ndisc_notify',
  'icmp_errors_use_inbound_ifaddr',
  'accept_ra',
  'autoconf',
  'promote_secondaries',
  'addr_gen_mode'
])

function wantedSysctls(config: EgressConfig, cluster: string, observed: ObservedState): Sysctl[] {
  const link = config.interface
  const has = new Map(observed.sysctls.map(({ key, value }) => [key, value]))
  const present = observed.links.some(entry => entry.name === link)
  const ipv4 = config.sources.some(source => source.family === 'ipv4')
  const ipv6 = config.sources.some(source => source.family === 'ipv6')
  const wanted: Record<string, string> = {}
  if (ipv4) Object.assign(wanted, ipv4Globals, onLink('ipv4', link, ipv4Link))
  // the moment that forwarding is switched on, routes learnt from advertisements go, unless accept_ra is 2 by then
  if (ipv6) Object.assign(wanted, keptAdvertisements(cluster, has, observed), ipv6Globals, onLink('ipv6', link, ipv6Link))
  // a link that has no business with IPv6 does not even announce itself on the LAN
  else if (!hasForeignIpv6(config, observed)) wanted[`net/ipv6/conf/${link}/disable_ipv6`] = '1'
  const kernelHasIpv6 = has.has('net/ipv6/conf/all/forwarding')
  return Object.entries(wanted)
    .filter(([key]) => has.has(key) || (!present && key.includes(`/${link}/`) && (kernelHasIpv6 || !key.startsWith('net/ipv6/'))))
    .map(([key, value]) => ({ key, value }))
}

const onLink = (family: 'ipv4' | 'ipv6', link: string, values: Record<string, string>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`net/${family}/conf/${link}/${name}`, value]))

/** Forwarding stops router advertisements on the pod's own link, and drops the default route learnt from them, unless accept_ra is 2. */
function keptAdvertisements(cluster: string, has: ReadonlyMap<string, string>, observed: ObservedState): Record<string, string> {
  const key = `net/ipv6/conf/${cluster}/accept_ra`
  const learnt = observed.routes.some(route => route.protocol === RTPROT_RA && route.link === cluster)
  const current = has.get(key)
  return learnt && (current === '1' || current === '2') ? { [key]: '2' } : {}
}

/** An address of ours, left by an earlier configuration, is about to go. */
const hasForeignIpv6 = ({ interface: link, numbers }: EgressConfig, observed: ObservedState) =>
  observed.addresses.some(
    ({ link: on, address, protocol }) =>
      on === link && address.includes(':') && !address.startsWith('fe80:') && protocol !== numbers.protocol
  )
