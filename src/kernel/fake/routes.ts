import { sharesPrefix, splitPrefix } from '../../ip/prefix.ts'
import type { Route } from '../../state/route.ts'
import { isSamePlace } from './addresses.ts'
import { isIpv6Off, linkNamed, refuse, type World } from './world.ts'

const DEFAULT_IPV6_METRIC = 1024

export function addRoute(world: World, resource: Route, command: string): void {
  if (resource.link !== undefined) linkNamed(world, resource.link, command)
  const { family } = resource
  const route = {
    ...resource,
    onlink: resource.onlink ?? false,
    metric: family === 'ipv6' && resource.metric === 0 ? DEFAULT_IPV6_METRIC : resource.metric
  }
  if (route.type === 'unicast') checkNextHop(world, route, command)
  checkSource(world, route, command)
  if (world.routes.some(entry => isSamePlace(entry, route))) throw refuse(command, 'EEXIST')
  world.told.push('route')
  world.routes = [...world.routes, route]
}

function checkNextHop(world: World, route: Route, command: string): void {
  const { family, link: name, gateway, onlink } = route
  if (name === undefined) throw refuse(command, 'ENODEV')
  const link = linkNamed(world, name, command)
  if (family === 'ipv6' && isIpv6Off(world, name)) throw refuse(command, 'EACCES', 'IPv6 is disabled on nexthop device')
  const holders = world.addresses.filter(entry => entry.address === gateway).map(entry => entry.link)
  if (family === 'ipv6' && holders.includes(name)) throw refuse(command, 'EINVAL', 'Gateway can not be a local address')
  // an IPv4 address of the link itself is reached by table local
  const reached = family === 'ipv4' && holders.includes(name)
  if (gateway !== undefined && !onlink && !gateway.startsWith('fe80:') && !reached) checkReach(world, route, command)
  // of a link without a gateway IPv4 says it in other words
  if (!link.up)
    throw refuse(command, 'ENETDOWN', family === 'ipv4' && !gateway ? 'Device for nexthop is not up' : 'Nexthop device is not up')
  if (family === 'ipv4' && holders.length > 0 && onlink) throw refuse(command, 'EINVAL', 'Nexthop has invalid gateway')
}

function checkReach(world: World, route: Route, command: string): void {
  if (tablesFor(world, route).some(table => reaches(world, route, table))) return
  if (route.family === 'ipv6') throw refuse(command, 'EHOSTUNREACH')
  throw refuse(command, 'ENETUNREACH', 'Nexthop has invalid gateway')
}

/** The route's own table, then those that the rules lead an unmarked packet without a source to. */
function tablesFor(world: World, { family, table }: Route): number[] {
  const ruled = world.rules.filter(rule => rule.family === family && rule.mark === undefined && rule.from === undefined && !rule.complex)
  return [table, ...ruled.toSorted((a, b) => a.priority - b.priority).map(rule => rule.table)]
}

/** Whether a route without a gateway of its own leads over the link to the gateway. */
function reaches(world: World, { family, link, gateway = '' }: Route, table: number): boolean {
  const covers = (destination: string) => {
    if (destination === 'default') return true
    const { address, length } = splitPrefix(destination)
    return sharesPrefix(gateway, address, length)
  }
  const lengthOf = (route: Route) => (route.destination === 'default' ? 0 : splitPrefix(route.destination).length)
  const [best] = world.routes
    .filter(route => route.family === family && route.table === table && route.link === link && covers(route.destination))
    // IPv4 looks only at routes of scope link
    .filter(route => family === 'ipv6' || route.scope === 'link')
    .toSorted((a, b) => lengthOf(b) - lengthOf(a) || a.metric - b.metric)
  return best !== undefined && best.gateway === undefined
}

function checkSource(world: World, { family, source }: Route, command: string): void {
  if (source === undefined || world.addresses.some(entry => entry.address === source)) return
  throw refuse(command, 'EINVAL', family === 'ipv4' ? 'Invalid prefsrc address' : 'Invalid source address')
}

export function deleteRoute(world: World, resource: Route, command: string): void {
  if (resource.link !== undefined) linkNamed(world, resource.link, command)
  const { type, link, gateway, source, protocol, scope } = resource
  const found = world.routes.find(
    entry =>
      isSamePlace(entry, resource) &&
      entry.type === type &&
      entry.protocol === protocol &&
      (link === undefined || entry.link === link) &&
      (gateway === undefined || entry.gateway === gateway) &&
      (source === undefined || entry.source === source) &&
      (entry.family === 'ipv6' || entry.scope === scope)
  )
  if (!found) throw refuse(command, 'ESRCH')
  world.told.push('route')
  world.routes = world.routes.filter(entry => entry !== found)
}
