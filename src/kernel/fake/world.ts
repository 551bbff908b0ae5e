import { NetlinkError } from '../../netlink/acknowledgement.ts'
import type { Ruleset } from '../../nftables/ruleset.ts'
import type { ObservedAddress } from '../../state/address.ts'
import type { ObservedLink } from '../../state/link.ts'
import type { Route } from '../../state/route.ts'
import type { ObservedRule } from '../../state/rule.ts'
import { type ErrorName, errno } from '../../sys/errno.ts'
import type { Change } from '../kernel.ts'

export const MAIN_TABLE = 254
export const RTPROT_KERNEL = 2

/** A link without what follows from others: whether it carries packets is worked out when somebody looks. */
export interface FakeLink extends Omit<ObservedLink, 'carrier' | 'operationalState' | 'creation'> {
  /** Whether something that is up hangs at the other end of the wire. */
  readonly cable: boolean
}

/**
 * A namespace in memory. Table `local` and the kernel's own link-local addresses are left out: nobody plans them, and they follow from
 * the rest. A change works on a copy, which takes the place of the world when all of it went well.
 */
export interface World {
  links: FakeLink[]
  addresses: ObservedAddress[]
  routes: Route[]
  rules: ObservedRule[]
  readonly sysctls: Map<string, string>
  readonly tables: Map<string, Ruleset>
  nextIndex: number
  /** What a listener hears of the change that is being made. */
  readonly told: Change['kind'][]
}

export const copyOf = (world: World): World => ({
  ...world,
  sysctls: new Map(world.sysctls),
  tables: new Map(world.tables),
  told: []
})

/** The kernel's refusal of `command`, with its words when it has some. */
export const refuse = (command: string, name: ErrorName, kernelMessage?: string): NetlinkError =>
  new NetlinkError(command, errno[name], { kernelMessage })

/** The link by its name. Errors: NetlinkError ENODEV. */
export function linkNamed(world: World, name: string, command: string): FakeLink {
  const found = world.links.find(entry => entry.name === name)
  if (found) return found
  throw new NetlinkError(command, errno.ENODEV, {
    kernelMessage: undefined,
    hint: `there is no link ${name} in this namespace`
  })
}

export const isUp = (world: World, name: string | undefined): boolean => world.links.some(entry => entry.name === name && entry.up)

/** Whether IPv6 is switched off on a link. */
export const isIpv6Off = (world: World, name: string): boolean => world.sysctls.get(`net/ipv6/conf/${name}/disable_ipv6`) === '1'

/** Whether a switch of IPv4 is on: for all links or for this one. */
export const isIpv4On = (world: World, link: string, name: string): boolean =>
  world.sysctls.get(`net/ipv4/conf/all/${name}`) === '1' || world.sysctls.get(`net/ipv4/conf/${link}/${name}`) === '1'
