import { findDefaultParent } from '../agent/default-parent.ts'
import { quote } from '../config/refusal.ts'
import { EgressRouterError } from '../errors.ts'
import { openLinux } from '../kernel/linux.ts'
import type { ObservedLink } from '../state/link.ts'
import { annotations } from './annotations.ts'

/**
 * The parent link that a pod asks for, by name, or the link of the node's IPv4 default route.
 *
 * Errors: EgressRouterError `ELINK` that names the annotation, its value and the node's links.
 */
export function findParent(name: string | undefined): string {
  if (name === undefined) return findDefaultParent()
  using kernel = openLinux()
  const { links, addresses } = kernel.observe({ sysctls: [] })
  if (name === 'lo') throw refused("'lo' is the loopback link, which leads nowhere")
  if (links.some(link => link.name === name)) return name
  // a node's ends of its pods' links come and go: told are only those that could be meant, so that the same words come again
  const isMeant = ({ name, kind, masterIndex }: ObservedLink) =>
    name !== 'lo' &&
    masterIndex === undefined &&
    (kind !== 'veth' || addresses.some(({ link, address }) => link === name && !/^fe80:/i.test(address)))
  const listed = links
    .filter(isMeant)
    .map(link => link.name)
    .slice(0, MOST_LISTED)
  throw refused(`${quote(name)} is neither 'true' nor the name of a link of this node, which has ${listed.join(', ')}`)
}

const MOST_LISTED = 20

const refused = (message: string) =>
  new EgressRouterError('ELINK', `${annotations.macvlan}: ${message}`, { hint: 'write "true" for the link of the default route' })
