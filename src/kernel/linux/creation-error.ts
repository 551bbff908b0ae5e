import { EgressRouterError } from '../../errors.ts'
import { NetlinkError } from '../../netlink/acknowledgement.ts'
import type { MacvlanCreation, ObservedLink } from '../../state/link.ts'
import { errno } from '../../sys/errno.ts'

/** The kernel gives these refusals without a word of its own, so the words are ours. */
export function creationError(error: unknown, creation: MacvlanCreation, parent: ObservedLink | undefined): unknown {
  if (parent === undefined || !(error instanceof NetlinkError) || error.kernelMessage !== undefined) return error
  const reason = reasonOf(error.errno, creation, parent)
  if (reason === undefined) return error
  return new EgressRouterError('ELINK', `${error.message}: ${reason.text}`, { hint: reason.hint, cause: error })
}

function reasonOf(
  number: number,
  { parent, mode, mtu }: MacvlanCreation,
  observed: ObservedLink
): { text: string; hint?: string } | undefined {
  if (number === errno.EBUSY) {
    const master = observed.masterIndex === undefined ? '' : ` (of the link with index ${observed.masterIndex})`
    return {
      text: `${parent} is a port of a bridge or bond${master}, which takes all its packets`,
      hint: 'name the bridge itself as parent'
    }
  }
  if (number === errno.EINVAL && mtu !== undefined && mtu > observed.mtu) {
    return { text: `an MTU of ${mtu} is above the parent's ${observed.mtu}`, hint: `EGRESS_MTU can be at most ${observed.mtu}` }
  }
  if (number === errno.EINVAL && parent === 'lo') {
    return { text: "'lo' is the loopback link, which leads nowhere", hint: 'name a link that is on the LAN' }
  }
  if (number === errno.EINVAL) {
    return {
      text: `${parent} does not take another macvlan in mode ${mode}`,
      hint: 'a macvlan in mode passthru shares its parent with nobody'
    }
  }
  if (number === errno.EOPNOTSUPP) return { text: 'this kernel has no macvlan', hint: 'load the module macvlan on the node' }
  if (number === errno.EEXIST) return { text: 'a link of that name exists already' }
  return undefined
}

/** There is no such parent; the links that there are. */
export function noParent(parent: string, links: readonly ObservedLink[]): EgressRouterError {
  const names = links.filter(entry => entry.name !== 'lo').map(entry => entry.name)
  return new EgressRouterError('ELINK', `parent link '${parent}' does not exist`, { hint: `links here: ${names.join(', ') || 'none'}` })
}
