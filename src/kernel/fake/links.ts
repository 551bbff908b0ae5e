import { EgressRouterError } from '../../errors.ts'
import type { Link, MacvlanCreation, ObservedLink } from '../../state/link.ts'
import { OWNED_ALIAS } from '../../state/link.ts'
import type { ErrorName } from '../../sys/errno.ts'
import { creationError } from '../linux/creation-error.ts'
import { connectAll, loseIpv6 } from './addresses.ts'
import { addLinkSysctls, removeLinkSysctls } from './sysctls.ts'
import { type FakeLink, linkNamed, refuse, type World } from './world.ts'

/** Makes a link the way hardware, or another program, does. */
export function plug(world: World, wish: Partial<FakeLink> & { name: string }): void {
  const index = world.nextIndex++
  const mac = `02:00:00:00:00:${index.toString(16).padStart(2, '0')}`
  world.links = [...world.links, { index, mac, up: false, mtu: 1500, kind: 'veth', cable: true, ...wish }]
  world.told.push('link')
  addLinkSysctls(world, wish.name)
}

/** A link is observed with what follows from the links below it. */
export function observedLinks({ links }: World): ObservedLink[] {
  const carries = (link: FakeLink): boolean => {
    const parent = links.find(entry => entry.index === link.parentIndex)
    return link.up && link.cable && (parent === undefined || carries(parent))
  }
  return links.map(link => {
    const { cable: _, ...seen } = link
    const carrier = carries(link)
    const operationalState =
      link.kind === 'loopback' ? (link.up ? 'unknown' : 'down') : carrier ? 'up' : link.up ? 'lowerlayerdown' : 'down'
    return { ...seen, carrier, operationalState }
  })
}

/** Makes a macvlan. Errors: EgressRouterError `ELINK`, NetlinkError when the name is taken. */
export function createMacvlan(world: World, { name, creation }: Link, command: string): void {
  if (!creation) throw new EgressRouterError('ELINK', `link ${name} is not there and nobody said how to make it`)
  const parents = observedLinks(world)
  const parent = parents.find(entry => entry.name === creation.parent)
  if (!parent) {
    const names = parents.filter(entry => entry.name !== 'lo').map(entry => entry.name)
    throw new EgressRouterError('ELINK', `parent link '${creation.parent}' does not exist`, {
      hint: `links here: ${names.join(', ') || 'none'}`
    })
  }
  const failure = parents.some(entry => entry.name === name) ? 'EEXIST' : refusalOf(world, creation, parent)
  if (failure) throw creationError(refuse(command, failure), creation, parent)
  const { mode, mtu = parent.mtu } = creation
  plug(world, { name, kind: 'macvlan', mode, mtu, parentIndex: parent.index, alias: OWNED_ALIAS })
}

function refusalOf({ links }: World, { mode, mtu }: MacvlanCreation, parent: ObservedLink): ErrorName | undefined {
  if (parent.masterIndex !== undefined) return 'EBUSY'
  if (parent.kind === 'loopback' || (mtu !== undefined && mtu > parent.mtu)) return 'EINVAL'
  const siblings = links.filter(entry => entry.parentIndex === parent.index && entry.kind === 'macvlan')
  return siblings.some(entry => entry.mode === 'passthru' || mode === 'passthru') ? 'EINVAL' : undefined
}

/** Sets MTU and state, as one request does: the MTU first. */
export function changeLink(world: World, resource: Link, command: string): void {
  const link = linkNamed(world, resource.name, command)
  const parent = world.links.find(entry => entry.index === link.parentIndex)
  const { mtu = link.mtu, up } = resource
  if (parent && mtu > parent.mtu) throw refuse(command, 'EINVAL')
  if (mtu === link.mtu && up === link.up) return
  world.told.push('link')
  world.links = world.links.map(entry => {
    if (entry === link) return { ...entry, mtu, up }
    return entry.parentIndex === link.index ? { ...entry, mtu: Math.min(entry.mtu, mtu) } : entry
  })
  if (up !== link.up) (up ? rise : fall)(world, link)
}

function rise(world: World, { name }: FakeLink): void {
  world.told.push('route')
  connectAll(world, name)
}

/** IPv4 addresses stay on a link that is down; every route, and all of IPv6, goes. */
function fall(world: World, { name }: FakeLink): void {
  world.told.push('route')
  if (world.addresses.some(entry => entry.link === name && entry.address.includes(':'))) world.told.push('address')
  loseIpv6(world, name)
  world.routes = world.routes.filter(route => route.link !== name)
}

/** A link goes with everything on it, and with every macvlan above it. */
export function deleteLink(world: World, name: string, command: string): void {
  const link = linkNamed(world, name, command)
  for (const above of world.links.filter(entry => entry.parentIndex === link.index)) deleteLink(world, above.name, command)
  if (link.up) fall(world, link)
  if (world.addresses.some(entry => entry.link === name)) world.told.push('address')
  world.told.push('link')
  world.links = world.links.filter(entry => entry.index !== link.index)
  world.addresses = world.addresses.filter(entry => entry.link !== name)
  removeLinkSysctls(world, name)
}
