import { familyOf } from '../../ip/address.ts'
import { bitsOf } from '../../ip/family.ts'
import { networkOf, sharesPrefix } from '../../ip/prefix.ts'
import type { LinkAddress, ObservedAddress } from '../../state/address.ts'
import type { Route } from '../../state/route.ts'
import { isIpv4On, isIpv6Off, isUp, linkNamed, MAIN_TABLE, RTPROT_KERNEL, refuse, type World } from './world.ts'

const isIpv4 = ({ address }: LinkAddress) => familyOf(address) === 'ipv4'
const sameNetwork = (a: LinkAddress, b: LinkAddress) =>
  a.link === b.link && a.prefix === b.prefix && sharesPrefix(a.address, b.address, a.prefix)

export function addAddress(world: World, resource: LinkAddress, command: string): void {
  linkNamed(world, resource.link, command)
  const four = isIpv4(resource)
  if (!four && isIpv6Off(world, resource.link)) throw refuse(command, 'EACCES', 'ipv6: IPv6 is disabled on this device')
  const taken = world.addresses.some(
    entry => entry.link === resource.link && entry.address === resource.address && (!four || entry.prefix === resource.prefix)
  )
  if (taken) throw refuse(command, 'EEXIST', four ? 'ipv4: Address already assigned' : 'ipv6: address already assigned')
  world.told.push('address', 'route')
  const { noDad: _, ...kept } = resource
  world.addresses = [...world.addresses, { ...kept, tentative: false, dadFailed: false, scope: scopeOf(resource) }]
  if (isUp(world, resource.link)) connect(world, resource)
}

/** The kernel takes what it is told: link-local IPv4 is of scope link; of IPv6 it knows by itself. */
const scopeOf = ({ address }: LinkAddress) => (address.startsWith('169.254.') || address.startsWith('fe80:') ? 253 : 0)

/** Routes that come with the addresses of a link that is up. */
export function connectAll(world: World, link: string): void {
  for (const entry of world.addresses) if (entry.link === link) connect(world, entry)
}

function connect(world: World, entry: LinkAddress): void {
  const route = connectedRoute(entry)
  if (!route || entry.noPrefixRoute || (isIpv4(entry) && isSecondary(world, entry))) return
  const there = world.routes.some(other => isSamePlace(other, route) && (route.family === 'ipv4' || other.link === route.link))
  if (!there) world.routes = [...world.routes, route]
}

function connectedRoute(entry: LinkAddress): Route | undefined {
  const { address, prefix, link } = entry
  const family = familyOf(address)
  const common = { family, type: 'unicast', destination: networkOf(address, prefix), table: MAIN_TABLE, link, onlink: false } as const
  if (family === 'ipv6') return { ...common, scope: 'global', metric: 256, protocol: RTPROT_KERNEL }
  if (prefix === bitsOf('ipv4')) return undefined
  return { ...common, scope: 'link', source: address, metric: 0, protocol: RTPROT_KERNEL }
}

export const isSamePlace = (a: Route, b: Route): boolean =>
  a.family === b.family && a.table === b.table && a.destination === b.destination && a.metric === b.metric

/** The first IPv4 address of a network on a link is its primary one; those that come later hang on it. */
const isSecondary = (world: World, entry: LinkAddress) => {
  const first = world.addresses.find(other => isIpv4(other) && sameNetwork(other, entry))
  return first !== undefined && first.address !== entry.address
}

export function deleteAddress(world: World, resource: LinkAddress, command: string): void {
  linkNamed(world, resource.link, command)
  const found = world.addresses.find(
    entry => entry.link === resource.link && entry.address === resource.address && entry.prefix === resource.prefix
  )
  if (!found) throw refuse(command, 'EADDRNOTAVAIL', `${isIpv4(resource) ? 'ipv4: Address' : 'ipv6: address'} not found`)
  world.told.push('address', 'route')
  if (isIpv4(found)) deleteIpv4(world, found)
  else deleteIpv6(world, found)
}

function deleteIpv4(world: World, found: ObservedAddress): void {
  const primary = !isSecondary(world, found)
  const hanging = primary ? world.addresses.filter(entry => entry !== found && isIpv4(entry) && sameNetwork(entry, found)) : []
  const promoted = isIpv4On(world, found.link, 'promote_secondaries')
  const gone = [found, ...(promoted ? [] : hanging)]
  world.addresses = world.addresses.filter(entry => !gone.includes(entry))
  for (const entry of gone) disconnect(world, entry)
  // the first that is left takes its place, and the network's route with it
  if (promoted && isUp(world, found.link)) for (const entry of hanging.slice(0, 1)) connect(world, entry)
  const lost = new Set(gone.map(entry => entry.address).filter(address => !world.addresses.some(entry => entry.address === address)))
  world.routes = world.routes.filter(
    route => !(route.family === 'ipv4' && route.table === MAIN_TABLE && route.source && lost.has(route.source))
  )
  // with its last address a link is out of IPv4
  if (!world.addresses.some(entry => entry.link === found.link && isIpv4(entry)))
    world.routes = world.routes.filter(route => route.family !== 'ipv4' || route.link !== found.link)
}

function deleteIpv6(world: World, found: ObservedAddress): void {
  world.addresses = world.addresses.filter(entry => entry !== found)
  const shared = world.addresses.some(entry => !isIpv4(entry) && sameNetwork(entry, found))
  if (!shared && !found.noPrefixRoute) disconnect(world, found)
  if (!world.addresses.some(entry => entry.address === found.address))
    world.routes = world.routes.map(route => (route.source === found.address ? { ...route, source: undefined } : route))
}

function disconnect(world: World, entry: LinkAddress): void {
  const route = connectedRoute(entry)
  if (!route || entry.noPrefixRoute) return
  world.routes = world.routes.filter(
    other => !(isSamePlace(other, route) && other.link === route.link && other.protocol === RTPROT_KERNEL && other.source === route.source)
  )
}

/** IPv6 leaves a link that goes down, and one on which it is switched off; IPv4 addresses stay. */
export function loseIpv6(world: World, link: string): void {
  world.addresses = world.addresses.filter(entry => entry.link !== link || isIpv4(entry))
  world.routes = world.routes.filter(route => route.link !== link || route.family === 'ipv4')
}
