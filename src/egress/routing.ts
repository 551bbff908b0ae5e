import type { EgressConfig, HostAddress, Numbers, Source } from '../config/shape.ts'
import { addressesOf } from '../config/source-address.ts'
import { bitsOf } from '../ip/family.ts'
import { hostPrefix, networkOf, sharesPrefix } from '../ip/prefix.ts'
import type { LinkAddress } from '../state/address.ts'
import { LAST_METRIC, type Route } from '../state/route.ts'
import type { Rule } from '../state/rule.ts'

/** IPv6 routes always have a metric; this is the kernel's own default (IP6_RT_PRIO_USER). */
const IPV6_METRIC = 1024

/**
 * Addresses, routes and rules: a table of our own in which the LAN is reached with the reserved source, and two rules a family that lead
 * into it. The pod's own tables and rules stay as they are.
 */
export function routing(config: EgressConfig): { addresses: LinkAddress[]; routes: Route[]; rules: Rule[] } {
  const { numbers, sources } = config
  const families = [...new Set(sources.map(source => source.family))]
  return {
    addresses: sources.flatMap(addressesOf).map(entry => addressOf(entry, config)),
    routes: [...sources.flatMap(source => routesOf(source, config)), ...families.map(family => lastRoute(family, numbers))],
    rules: [
      ...families.map(family => ({
        family,
        priority: numbers.priority,
        table: numbers.table,
        mark: numbers.mark,
        mask: numbers.mask,
        protocol: numbers.protocol
      })),
      ...sources.flatMap(source =>
        addressesOf(source).map(({ address }) => ({
          family: source.family,
          priority: numbers.priority + 1,
          table: numbers.table,
          from: hostPrefix(address),
          protocol: numbers.protocol
        }))
      )
    ]
  }
}

function addressOf({ address, prefix }: HostAddress, config: EgressConfig): LinkAddress {
  return {
    link: config.interface,
    address,
    prefix,
    noPrefixRoute: true,
    noDad: config.conflictProbe === 'off',
    protocol: config.numbers.protocol
  }
}

/**
 * IPv4 routes name the source, so that they leave with it: without its address the link would resolve neighbours in another name. IPv6
 * routes do not: the kernel refuses that while duplicate address detection runs, and solicits only in the name of the packet's source.
 */
function routesOf(source: Source, { interface: link, numbers }: EgressConfig): Route[] {
  const { family, address, gateway } = source
  const addresses = addressesOf(source)
  const v4 = family === 'ipv4'
  const common = {
    family,
    type: 'unicast',
    table: numbers.table,
    link,
    source: v4 ? address : undefined,
    metric: v4 ? 0 : IPV6_METRIC,
    protocol: numbers.protocol
  } as const
  const near = addresses.some(entry => sharesPrefix(gateway, entry.address, entry.prefix))
  const networks = addresses.filter(entry => entry.prefix < bitsOf(family)).map(entry => networkOf(entry.address, entry.prefix))
  return [
    ...Array.from(new Set(networks), destination => ({ ...common, destination, scope: v4 ? 'link' : 'global' }) as const),
    { ...common, destination: 'default', gateway, onlink: !near && !gateway.startsWith('fe80:'), scope: 'global' }
  ]
}

/** With the link away, redirected packets end here and do not follow the pod's own default route. */
const lastRoute = (family: Route['family'], { table, protocol }: Numbers): Route => ({
  family,
  type: 'unreachable',
  destination: 'default',
  table,
  scope: 'global',
  metric: LAST_METRIC,
  protocol
})
