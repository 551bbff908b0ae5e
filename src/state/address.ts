import type { Address } from '../ip/address.ts'
import type { ResourceType } from './resource.ts'

/** An address on a link. No route of its own comes with it: connected routes would enter the pod's main table. */
export interface LinkAddress {
  readonly link: string
  readonly address: Address
  readonly prefix: number
  readonly noPrefixRoute: boolean
  /** Whether the kernel should skip IPv6 duplicate address detection. */
  readonly noDad?: boolean | undefined
  /** Who put it there (IFA_PROTO); absent on kernels before 5.18 and on addresses of others. */
  readonly protocol?: number | undefined
}

export interface ObservedAddress extends LinkAddress {
  /** IPv6: duplicate address detection still runs, or has found a duplicate. */
  readonly tentative?: boolean | undefined
  readonly dadFailed?: boolean | undefined
  readonly scope?: number | undefined
}

export const linkAddress: ResourceType<LinkAddress, ObservedAddress> = {
  kind: 'address',
  key: resource => `${resource.link} ${resource.address}/${resource.prefix}`,
  equal: (desired, observed) =>
    desired.noPrefixRoute === observed.noPrefixRoute &&
    !observed.dadFailed &&
    (desired.protocol === observed.protocol || observed.protocol === undefined),
  owned: (observed, protocol) => observed.protocol === protocol,
  command(verb, { address, prefix, link, noPrefixRoute, noDad }) {
    const where = `${address}/${prefix} dev ${link}`
    if (verb === 'delete') return `ip addr del ${where}`
    return `ip addr add ${where}${noPrefixRoute ? ' noprefixroute' : ''}${noDad && address.includes(':') ? ' nodad' : ''}`
  }
}
