import type { EgressConfig, Source } from '../config/shape.ts'
import { sourceAddresses } from '../config/source-address.ts'
import type { Family } from '../ip/family.ts'
import {
  accept,
  anyOf,
  comesBy,
  concat,
  count,
  countIn,
  ct,
  differs,
  drop,
  equals,
  has,
  isFamily,
  isMarked,
  leavesBy,
  mapped,
  meta,
  payload,
  setMark,
  toLocalAddress
} from '../nftables/expressions.ts'
import type { Ruleset } from '../nftables/ruleset.ts'
import type { Chain, NftSet, Rule, Statement } from '../nftables/schema.ts'
import { OUR_TABLE } from '../state/ruleset.ts'
import type { Sysctl } from '../state/sysctl.ts'
import { MEMORY_CHAIN, memoryRules } from './memory.ts'
import { fallbackProtocols, localPortElements, protocolNumbers, redirectedProtocols } from './redirect.ts'
import { mapNames, mapsOf } from './redirect-maps.ts'

/** Packets by redirect, from the clients and towards them; filled by the packet path, so their size does not depend on the list's. */
export const SENT = 'sent'
export const RECEIVED = 'received'
const LOCAL_PORTS = 'local_ports'
const COUNTED_PORTS = 131_072

/** A chain is not called `redirect`: nft(8) reads that as a statement. */
const chains: readonly Chain[] = [
  chain('restore', 'filter', 'prerouting', -150),
  chain('redirects', 'nat', 'prerouting', -100),
  chain('input', 'filter', 'input', 0),
  chain('forward', 'filter', 'forward', 0, 'drop'),
  chain('source', 'nat', 'postrouting', 100),
  chain('guard', 'filter', 'postrouting', 110),
  { family: 'inet', table: OUR_TABLE, name: MEMORY_CHAIN }
]

function chain(name: string, type: 'filter' | 'nat', hook: string, prio: number, policy: 'accept' | 'drop' = 'accept'): Chain {
  return { family: 'inet', table: OUR_TABLE, name, type, hook, prio, policy }
}

const nftFamily = { ipv4: 'ip', ipv6: 'ip6' } as const
/** Our table for a configuration: `cluster` is the pod's own link, `memory` what the sysctls were before us. */
export function compileRuleset(config: EgressConfig, cluster: string, memory: readonly Sysctl[]): Ruleset {
  const families = [...new Set(config.sources.map(source => source.family))]
  return {
    table: OUR_TABLE,
    sets: [
      set(LOCAL_PORTS, { elem: localPortElements(config) }),
      set(SENT, { type: countedBy, flags: ['dynamic'], size: COUNTED_PORTS }),
      set(RECEIVED, { type: countedBy, flags: ['dynamic'], size: COUNTED_PORTS })
    ],
    maps: families.flatMap(family => mapsOf(config, family)),
    chains,
    rules: [
      ...restoreRules(config, cluster),
      ...redirectRules(config, cluster, families),
      ...inputRules(config, cluster),
      ...forwardRules(config, cluster),
      ...config.sources.map(source => sourceRule(config, source)),
      ...guardRules(config, cluster),
      ...memoryRules(memory)
    ]
  }
}

const set = (name: string, rest: Partial<NftSet>): NftSet => ({
  family: 'inet',
  table: OUR_TABLE,
  name,
  type: ['inet_proto', 'inet_service'],
  ...rest
})

const rule = (chainName: string, ...expr: Statement[]): Rule => ({ family: 'inet', table: OUR_TABLE, chain: chainName, expr })

const dialled = concat(meta('l4proto'), payload('th', 'dport'))
/** Redirects are counted by family, protocol and the port that the client dialled. */
const countedBy = ['nf_proto', 'inet_proto', 'inet_service']
const countedOut = concat(meta('nfproto'), meta('l4proto'), payload('th', 'dport'))
const countedBack = concat(meta('nfproto'), meta('l4proto'), payload('th', 'sport'))
const hasPorts = equals(meta('l4proto'), anyOf(...redirectedProtocols))

const ours = ({ numbers }: EgressConfig) => isMarked(ct('mark'), numbers.mark, numbers.mask)
const markPacket = ({ numbers }: EgressConfig) => setMark(meta('mark'), numbers.mark, numbers.mask)
const markConnection = ({ numbers }: EgressConfig) => setMark(ct('mark'), numbers.mark, numbers.mask)

/** Later packets of a redirected connection take our table too; replies, which come by the macvlan, follow the pod's own. */
function restoreRules(config: EgressConfig, cluster: string): Rule[] {
  return [
    rule('restore', comesBy(cluster), ours(config), markPacket(config)),
    rule('restore', comesBy(cluster), ours(config), hasPorts, countIn(SENT, countedOut))
  ]
}

/** Only what comes from the cluster to an address of the pod; ports that stay in the pod are let through before all else. */
function redirectRules(config: EgressConfig, cluster: string, families: readonly Family[]): Rule[] {
  const arriving = [comesBy(cluster), toLocalAddress]
  const marks = [markConnection(config), markPacket(config)]
  const rules = [
    rule('redirects', ...arriving, equals(dialled, `@${LOCAL_PORTS}`), accept),
    rule('redirects', ...arriving, hasPorts, countIn(SENT, countedOut))
  ]
  for (const family of families) {
    const names = mapNames(family)
    const target = { family: nftFamily[family], addr: mapped(dialled, names.address), port: mapped(dialled, names.port) }
    rules.push(rule('redirects', isFamily(family), ...arriving, hasPorts, ...marks, { dnat: target }))
  }
  for (const { family, address } of config.fallbacks) {
    const anyPort = equals(meta('l4proto'), anyOf(...fallbackProtocols))
    rules.push(rule('redirects', isFamily(family), ...arriving, anyPort, ...marks, { dnat: { family: nftFamily[family], addr: address } }))
  }
  return rules
}

/** The LAN cannot open anything in the pod; an unlisted port is refused, not answered by the pod. */
function inputRules(config: EgressConfig, cluster: string): Rule[] {
  const fromLan = comesBy(config.interface)
  const toPod = [comesBy(cluster), toLocalAddress]
  const unlisted = differs(dialled, `@${LOCAL_PORTS}`)
  const fresh = has(ct('state'), 'new')
  const isTcp = equals(meta('l4proto'), protocolNumbers.tcp)
  const neighborDiscovery = anyOf('nd-neighbor-solicit', 'nd-neighbor-advert', 'mld-listener-query')
  return [
    rule('input', fromLan, has(ct('state'), ['established', 'related']), accept),
    rule('input', fromLan, equals(payload('icmpv6', 'type'), neighborDiscovery), accept),
    rule('input', fromLan, count, drop),
    // a packet that conntrack cannot place would be answered by a reset in the pod's name, which ends a client's good connection
    rule('input', ...toPod, unlisted, has(ct('state'), 'invalid'), isTcp, drop),
    rule('input', ...toPod, unlisted, fresh, isTcp, { reject: { type: 'tcp reset' } }),
    rule('input', ...toPod, hasPorts, unlisted, fresh, { reject: { type: 'icmpx', expr: 'port-unreachable' } })
  ]
}

function forwardRules(config: EgressConfig, cluster: string): Rule[] {
  // the pod's side is often narrower than the LAN: both ends learn the smaller segment size (rt mtu looks both ways)
  const synchronizing = equals({ '&': [payload('tcp', 'flags'), ['syn', 'rst']] }, 'syn')
  const clamp: Statement = { mangle: { key: { 'tcp option': { name: 'maxseg', field: 'size' } }, value: { rt: { key: 'mtu' } } } }
  return [
    rule('forward', ours(config), synchronizing, clamp),
    rule('forward', has(ct('state'), ['established', 'related']), accept),
    rule('forward', comesBy(cluster), leavesBy(config.interface), has(ct('status'), 'dnat'), ours(config), accept)
  ]
}

const sourceRule = (config: EgressConfig, { family, address }: Source): Rule =>
  rule('source', isFamily(family), leavesBy(config.interface), has(ct('status'), 'dnat'), ours(config), {
    snat: { family: nftFamily[family], addr: address }
  })

/** The last word before the wire: on the macvlan nothing but a reserved source, and IPv6's own housekeeping. */
function guardRules(config: EgressConfig, cluster: string): Rule[] {
  const onLan = leavesBy(config.interface)
  const rules = [rule('guard', leavesBy(cluster), ours(config), hasPorts, countIn(RECEIVED, countedBack))]
  for (const family of ['ipv4', 'ipv6'] as const) {
    const own = sourceAddresses(config.sources, family)
    if (own.length === 0) {
      rules.push(rule('guard', onLan, isFamily(family), count, drop))
      continue
    }
    if (family === 'ipv6') rules.push(housekeeping(onLan))
    rules.push(rule('guard', onLan, differs(payload(nftFamily[family], 'saddr'), anyOf(...own)), count, drop))
  }
  return rules
}

/** Duplicate address detection speaks from `::`, neighbour discovery and group membership may speak from a link-local address. */
function housekeeping(onLan: Statement): Rule {
  const unnamed = equals(payload('ip6', 'saddr'), { set: ['::', { prefix: { addr: 'fe80::', len: 10 } }] })
  const messages = equals(
    payload('icmpv6', 'type'),
    anyOf('nd-neighbor-solicit', 'nd-neighbor-advert', 'mld-listener-report', 'mld2-listener-report')
  )
  return rule('guard', onLan, unnamed, messages, accept)
}

/** A table that takes no new connection and otherwise stays: the first step of taking a router down. */
export const closed = (ruleset: Ruleset): Ruleset => ({ ...ruleset, rules: ruleset.rules.filter(entry => entry.chain !== 'redirects') })
