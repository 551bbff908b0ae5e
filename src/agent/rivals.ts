import type { EgressConfig } from '../config/shape.ts'
import { sourceAddresses } from '../config/source-address.ts'
import { EgressRouterError } from '../errors.ts'
import type { Address } from '../ip/address.ts'
import { openLinux } from '../kernel/linux.ts'
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

/**
 * An address of the node itself: a macvlan link and its parent do not hear each other, so no probe would find the holder, and what we
 * announce would take the node off its LAN.
 *
 * Errors: EgressRouterError `ECONFLICT`.
 */
export function refuseNodeAddress(holdings: Holdings): void {
  if (holdings.size === 0) return
  const wanted = new Set(holdings.values())
  using kernel = openLinux()
  const own = kernel.addresses().find(({ address }) => wanted.has(address))
  if (own === undefined) return
  throw new EgressRouterError('ECONFLICT', `address ${own.address} is the node's own, on its link ${own.link}`, {
    hint: 'give the router an address that nobody has'
  })
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
