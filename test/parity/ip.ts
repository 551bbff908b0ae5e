// What `ip -j -d` says, in the shapes of our own state.
import type { Family } from '../../src/ip/family.ts'
import type { ObservedAddress } from '../../src/state/address.ts'
import type { ObservedLink } from '../../src/state/link.ts'
import type { Route as OurRoute } from '../../src/state/route.ts'
import type { ObservedRule } from '../../src/state/rule.ts'

export interface Link {
  ifname: string
  ifindex: number
  flags: string[]
  operstate: string
  mtu: number
  address?: string
  ifalias?: string
  link?: string | null
  link_index?: number
  link_netnsid?: number
  master?: string
  linkinfo?: { info_kind?: string; info_data?: { mode?: string } }
}

export interface Addresses {
  ifname: string
  addr_info: {
    local: string
    prefixlen: number
    scope: string
    protocol?: string
    noprefixroute?: boolean
    tentative?: boolean
    dadfailed?: boolean
  }[]
}

export interface Route {
  type: string
  dst: string
  gateway?: string
  dev?: string
  table?: string
  protocol: string
  scope: string
  prefsrc?: string
  metric?: number
  flags: string[]
}

export interface Rule {
  priority: number
  src: string
  srclen?: number
  fwmark?: string
  fwmask?: string
  table?: string
  protocol: string
  [more: string]: unknown
}

const numbers: Readonly<Record<string, number>> = { unspec: 0, kernel: 2, boot: 3, static: 4, ra: 9, default: 253, main: 254, local: 255 }
const numberOf = (word: string) => numbers[word] ?? Number(word)
const scopes: Readonly<Record<string, number>> = { global: 0, link: 253, host: 254 }

type ComparableLink = Omit<ObservedLink, 'creation'>
const inOrder = <T extends object>(object: T): T => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1))) as T

export const comparableLink = (link: ObservedLink): ComparableLink => inOrder(link)

export function linksOf(links: readonly Link[]): ComparableLink[] {
  const indexOf = new Map(links.map(link => [link.ifname, link.ifindex]))
  return links.map(link => {
    const kind = link.linkinfo?.info_kind
    return inOrder({
      name: link.ifname,
      index: link.ifindex,
      up: link.flags.includes('UP'),
      carrier: link.flags.includes('LOWER_UP'),
      operationalState: link.operstate.toLowerCase(),
      mtu: link.mtu,
      mac: link.address,
      kind,
      mode: kind === 'macvlan' ? (link.linkinfo?.info_data?.mode as ObservedLink['mode']) : undefined,
      alias: link.ifalias,
      parentIndex: link.link_index ?? (link.link ? indexOf.get(link.link) : undefined),
      parentNamespaceId: link.link_netnsid,
      masterIndex: link.master === undefined ? undefined : indexOf.get(link.master)
    })
  })
}

/** ip(8) of Debian 12 does not know IFA_PROTO. */
export const comparableAddress = ({ protocol: _, noDad: __, ...rest }: ObservedAddress) => inOrder(rest)

export const addressesOf = (links: readonly Addresses[]) =>
  links.flatMap(({ ifname, addr_info }) =>
    addr_info.map(entry =>
      inOrder({
        link: ifname,
        address: entry.local,
        prefix: entry.prefixlen,
        noPrefixRoute: entry.noprefixroute ?? false,
        tentative: entry.tentative ?? false,
        dadFailed: entry.dadfailed ?? false,
        scope: scopes[entry.scope] ?? Number(entry.scope)
      })
    )
  )

export function routesOf(routes: readonly Route[], family: Family): OurRoute[] {
  const network = (text: string) => (text === 'default' || text.includes('/') ? text : `${text}/${family === 'ipv4' ? 32 : 128}`)
  return routes.map(({ type, dst, table, dev, gateway, flags, scope, prefsrc, metric, protocol }) => {
    const nowhere = ['unreachable', 'blackhole', 'prohibit'].includes(type)
    return {
      family,
      type: type as OurRoute['type'],
      destination: network(dst),
      table: table === undefined ? 254 : numberOf(table),
      link: nowhere ? undefined : dev,
      gateway,
      onlink: flags.includes('onlink'),
      scope: scope as OurRoute['scope'],
      source: prefsrc,
      metric: metric ?? 0,
      protocol: numberOf(protocol)
    }
  })
}

const simple = new Set(['priority', 'src', 'srclen', 'fwmark', 'fwmask', 'table', 'protocol'])

export const rulesOf = (rules: readonly Rule[], family: Family): ObservedRule[] =>
  rules.map(rule => ({
    family,
    priority: rule.priority,
    table: rule.table === undefined ? 0 : numberOf(rule.table),
    mark: rule.fwmark === undefined ? undefined : Number(rule.fwmark),
    mask: rule.fwmark === undefined ? undefined : Number(rule.fwmask ?? 0xffff_ffff),
    from: rule.src === 'all' ? undefined : `${rule.src}/${rule.srclen ?? (family === 'ipv4' ? 32 : 128)}`,
    protocol: numberOf(rule.protocol),
    complex: Object.keys(rule).some(key => !simple.has(key))
  }))

export const withoutHandle = ({ handle: _, ...rest }: { handle?: number }): object => rest

/** That a set is dynamic is not told by nft(8) 1.0.6; our client works it out. */
export const withoutFlags = ({ flags: _, ...rest }: { flags?: unknown }): object => rest
