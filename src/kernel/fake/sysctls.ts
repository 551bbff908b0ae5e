import { EgressRouterError } from '../../errors.ts'
import type { Sysctl } from '../../state/sysctl.ts'
import { loseIpv6 } from './addresses.ts'
import type { World } from './world.ts'

/** What a fresh namespace has, of the sysctls that a router may care for. */
const globals = {
  'net/ipv4/ip_forward': '0',
  'net/ipv4/icmp_errors_use_inbound_ifaddr': '0'
}
const perLink = {
  ipv4: { rp_filter: '0', arp_ignore: '0', arp_announce: '0', arp_notify: '0', proxy_arp: '0', promote_secondaries: '0' },
  ipv6: { disable_ipv6: '0', accept_ra: '1', autoconf: '1', addr_gen_mode: '0', ndisc_notify: '0', forwarding: '0' }
} as const

export function freshSysctls(): Map<string, string> {
  const sysctls = new Map(Object.entries(globals))
  for (const [family, values] of Object.entries(perLink))
    for (const place of ['all', 'default'])
      for (const [name, value] of Object.entries(values)) sysctls.set(`net/${family}/conf/${place}/${name}`, value)
  return sysctls
}

/** A new link takes what stands under `default`. */
export function addLinkSysctls({ sysctls }: World, link: string): void {
  for (const [family, values] of Object.entries(perLink))
    for (const name of Object.keys(values))
      sysctls.set(`net/${family}/conf/${link}/${name}`, sysctls.get(`net/${family}/conf/default/${name}`) as string)
}

export function removeLinkSysctls({ sysctls }: World, link: string): void {
  for (const key of sysctls.keys()) if (/^net\/ipv[46]\/conf\//.test(key) && key.split('/')[3] === link) sysctls.delete(key)
}

export const cannotSet = ({ key, value }: Sysctl, code: string) =>
  new EgressRouterError('ESYSCTL', `sysctl ${key.replaceAll('/', '.')} cannot be set to ${value}: ${code}`)

/** Errors: EgressRouterError `ESYSCTL` for a sysctl that is not there, or a value that is no number. */
export function writeSysctl(world: World, entry: Sysctl): void {
  const { key, value } = entry
  if (!world.sysctls.has(key)) throw cannotSet(entry, 'ENOENT')
  if (!/^-?\d+$/.test(value)) throw cannotSet(entry, 'EINVAL')
  world.sysctls.set(key, value)
  const [, family, , link, name] = key.split('/')
  if (family === 'ipv6' && name === 'disable_ipv6' && value === '1' && link) loseIpv6(world, link)
  if (key === 'net/ipv6/conf/all/forwarding') spread(world, value)
}

/** The switch for all links turns the switch of each. */
function spread({ sysctls }: World, value: string): void {
  for (const key of sysctls.keys()) if (/^net\/ipv6\/conf\/.*\/forwarding$/.test(key)) sysctls.set(key, value)
}
