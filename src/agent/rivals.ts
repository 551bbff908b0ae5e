import type { EgressConfig } from '../config/shape.ts'
import { roleInNetwork, sourceAddresses } from '../config/source-address.ts'
import { EgressRouterError } from '../errors.ts'
import type { Address } from '../ip/address.ts'
import { networkOf, sharesPrefix } from '../ip/prefix.ts'
import { openLinux } from '../kernel/linux.ts'
import type { ObservedAddress } from '../state/address.ts'
import type { Attachment } from './attachment.ts'
import type { Kept } from './kept.ts'

/** Reserved addresses by what no two attachments of a node may hold at once: the address on the LAN of its parent. */
export type Holdings = ReadonlyMap<string, Address>

export interface Holder {
  readonly id: string
  readonly holdings: Holdings
  /** False when its namespace is gone. */
  readonly isThere?: boolean
}

export const holdingsOf = ({ link }: Pick<Attachment, 'link'>, config: EgressConfig | undefined): Holdings =>
  new Map(sourceAddresses(config?.sources ?? []).map(address => [`${address} on ${link.parent}`, address]))

/**
 * Of two that want the same address the first has it: their probes would refuse each other, and links on one parent in mode private do not
 * hear each other at all.
 *
 * Errors: EgressRouterError `ECONFLICT`.
 */
export function refuseSecondHolder({ id, holdings }: Holder, others: Iterable<Holder>): void {
  for (const other of others) {
    if (other.id === id) continue
    const [, address] = [...holdings].find(([key]) => other.holdings.has(key)) ?? []
    if (address === undefined || other.isThere === false) continue
    throw new EgressRouterError('ECONFLICT', `address ${address} belongs to the attachment ${other.id} of this node`, {
      hint: 'give each router an address of its own'
    })
  }
}

/** The addresses of the node itself. */
export function nodeAddresses(): ObservedAddress[] {
  using kernel = openLinux()
  return kernel.addresses()
}

/**
 * Why an attachment may not have its addresses on this node; undefined when it may. One of the node itself: a macvlan link and its parent do
 * not hear each other, so no probe would find the holder, and what we announce would take the node off its LAN. And one that stands for all
 * of a network of the node, whatever prefix the router gives it.
 */
export function conflictWithNode(holdings: Holdings, own: readonly ObservedAddress[]): EgressRouterError | undefined {
  for (const address of holdings.values()) {
    for (const { address: base, prefix, link } of own) {
      const role = sharesPrefix(address, base, prefix) && prefix > 0 ? roleInNetwork(address, prefix) : undefined
      const what =
        address === base ? `the node's own, on its link ${link}` : role && `the ${role} of ${networkOf(base, prefix)}, on link ${link}`
      if (what)
        return new EgressRouterError('ECONFLICT', `address ${address} is ${what}`, { hint: 'give the router an address that nobody has' })
    }
  }
  return undefined
}

/** The table and the rules of a router are the only ones of ours in a namespace. Errors: EgressRouterError `EUSAGE`. */
export function refuseSecondRouter(attachment: Attachment, identity: string, others: Iterable<Kept>): void {
  for (const other of others) {
    if (other.identity !== identity || other.attachment.id === attachment.id) continue
    if (other.attachment.settings === undefined && attachment.settings === undefined) continue
    throw new EgressRouterError(
      'EUSAGE',
      `the namespace holds the attachment ${other.attachment.id} already, and a router shares with nobody`,
      { hint: 'give the pod one egress router' }
    )
  }
}
