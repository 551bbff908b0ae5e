// What the kernel holds in the router pod, whole, and the same with the product's marked additions left out.
import type { Lab } from './laboratory.ts'

interface Route {
  readonly dst?: string
  readonly dev?: string
  readonly protocol?: string
  readonly table?: string
}

/** One entry per question put to the kernel; the values are parsed JSON, the sysctls text. */
export interface Snapshot {
  readonly routes4: readonly Route[]
  readonly routes6: readonly Route[]
  readonly rules4: readonly Route[]
  readonly rules6: readonly Route[]
  readonly links: readonly { readonly ifname: string }[]
  readonly nftables: readonly Record<string, unknown>[]
  readonly sysctls: string
}

/**
 * Handles and counters come from the order of events and from traffic, a link's qdisc from whether it ever was up, its operational state from
 * when a worker of the kernel got to it (its flags tell at once): no part of a state that two runs share.
 */
function settled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(settled)
  if (value === null || typeof value !== 'object') return value
  const skip = new Set(['handle', 'packets', 'bytes', 'expires', 'qdisc', 'operstate'])
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !skip.has(key))
      .map(([key, inner]) => [key, settled(inner)])
  )
}

const everySysctl = ['ipv4/conf', 'ipv6/conf', 'ipv4/ip_forward', 'ipv4/icmp_errors_use_inbound_ifaddr'].map(p => `/proc/sys/net/${p}`)

export async function snapshot(lab: Lab): Promise<Snapshot> {
  const json = async (argv: readonly string[]) => JSON.parse((await lab.must('router', argv)) || '[]') as unknown
  const [routes4, routes6, rules4, rules6, links, nftables, sysctls] = await Promise.all([
    json(['ip', '-j', '-d', '-4', 'route', 'show', 'table', 'all']),
    json(['ip', '-j', '-d', '-6', 'route', 'show', 'table', 'all']),
    json(['ip', '-j', '-d', '-4', 'rule']),
    json(['ip', '-j', '-d', '-6', 'rule']),
    json(['ip', '-j', '-d', 'addr']),
    json(['nft', '-j', 'list', 'ruleset']),
    lab.run('router', ['grep', '-rs', '', ...everySysctl])
  ])
  const { nftables: objects } = nftables as { nftables: Record<string, unknown>[] }
  return {
    routes4: routes4 as Route[],
    routes6: routes6 as Route[],
    rules4: rules4 as Route[],
    rules6: rules6 as Route[],
    links: settled(links) as { ifname: string }[],
    nftables: settled(objects.filter(o => !('metainfo' in o))) as Record<string, unknown>[],
    sysctls: sysctls.stdout.split('\n').sort().join('\n')
  }
}

/** Our routing protocol number, as `ip -j` spells a number without a name. */
const ours = '101'

/**
 * What the product promises to leave alone: table `main`, the rules, `eth0`, every foreign nft table. Left out are routes and rules that carry
 * our protocol, and what the kernel itself adds in `main` for any link that is up: its fe80::/64.
 */
export function untouchable(s: Snapshot) {
  const main = (routes: readonly Route[]) =>
    routes.filter(r => r.table === 'main' && r.protocol !== ours && !(r.dev === 'macvlan0' && r.dst === 'fe80::/64'))
  const tableOf = (o: Record<string, unknown>) => {
    const [kind, body] = Object.entries(o)[0] as [string, { name?: string; table?: string; family?: string }]
    return `${body.family} ${kind === 'table' ? body.name : body.table}`
  }
  return {
    main4: main(s.routes4),
    main6: main(s.routes6),
    rules4: s.rules4.filter(r => r.protocol !== ours),
    rules6: s.rules6.filter(r => r.protocol !== ours),
    eth0: s.links.filter(l => l.ifname === 'eth0'),
    nftables: s.nftables.filter(o => tableOf(o) !== 'inet egress_router')
  }
}

/** A table of somebody else's, of the kinds that a network plugin or a service mesh leaves in a pod. */
export const foreignTable = `table ip foreign {
  set watched {
    type ipv4_addr
    flags interval
    elements = { 10.128.0.0/16, 198.51.100.7 }
  }
  map verdicts {
    type inet_service : verdict
    elements = { 15001 : accept }
  }
  chain output {
    type filter hook output priority 10; policy accept;
    ip daddr @watched accept
    tcp dport vmap @verdicts
  }
  chain unused {
    ip saddr 192.0.2.1 drop
  }
}
`
