import type { Identity } from '../config/identity.ts'
import type { Protocol } from '../config/shape.ts'
import { protocolNumbers } from '../egress/redirect.ts'
import { mapNames } from '../egress/redirect-maps.ts'
import { RECEIVED, SENT } from '../egress/ruleset.ts'
import { familyOf } from '../ip/address.ts'
import { type Family, families } from '../ip/family.ts'
import { countOfRules, countsOf, type Ruleset } from '../nftables/ruleset.ts'
import type { Expression, Statement } from '../nftables/schema.ts'
import { linkAddress, type ObservedAddress } from '../state/address.ts'
import { link as linkType, type ObservedLink } from '../state/link.ts'
import { type Route, route } from '../state/route.ts'
import { type Rule, rule } from '../state/rule.ts'
import type { ObservedState } from '../state/state.ts'

export interface Count {
  readonly packets: number
  readonly bytes: number
}

/** A redirect as the kernel has it; without a port it is the fallback of its family. */
export interface RedirectView {
  readonly protocol: string
  readonly port?: number | undefined
  /** `203.0.113.26:80`, or an address alone for a fallback. */
  readonly destination: string
  readonly sent: Count
  readonly received: Count
}

/** The router as it is in the kernel. */
export interface RouterView {
  readonly link?: (ObservedLink & { readonly owned: boolean }) | undefined
  readonly addresses: readonly ObservedAddress[]
  readonly routes: ReadonlyArray<Route & { readonly text: string }>
  readonly rules: ReadonlyArray<Rule & { readonly text: string }>
  readonly redirects: readonly RedirectView[]
  /** Packets that the guard stopped. */
  readonly guard: Count
  /** Whether anything of ours is there. */
  readonly present: boolean
}

export function describeRouter(observed: ObservedState, { interface: name, numbers }: Pick<Identity, 'interface' | 'numbers'>): RouterView {
  const { protocol } = numbers
  const link = observed.links.find(entry => entry.name === name)
  const addresses = observed.addresses.filter(entry => linkAddress.owned(entry, protocol) || entry.link === name)
  const withoutVerb = (text: string) => text.replace(/^ip (-6 )?(route|rule) add /, '')
  const routes = observed.routes
    .filter(entry => route.owned(entry, protocol))
    .map(entry => ({ ...entry, text: withoutVerb(route.command('add', entry)) }))
  const rules = observed.rules
    .filter(entry => rule.owned(entry, protocol))
    .map(entry => ({ ...entry, text: withoutVerb(rule.command('add', entry)) }))
  const { ruleset } = observed
  return {
    link: link && { ...link, owned: linkType.owned(link, protocol) },
    addresses,
    routes,
    rules,
    redirects: ruleset ? [...mapped(ruleset), ...fallbacks(ruleset)] : [],
    guard: ruleset ? countOfRules(ruleset.rules, 'guard') : { packets: 0, bytes: 0 },
    present: ruleset !== undefined || routes.length > 0 || rules.length > 0
  }
}

const protocolName = (number: Expression | undefined): string =>
  (Object.keys(protocolNumbers) as Protocol[]).find(name => protocolNumbers[name] === number) ?? String(number)

const none: Count = { packets: 0, bytes: 0 }

function counters(ruleset: Ruleset, name: string): Map<string, Count> {
  const entries = countsOf(ruleset.sets.find(set => set.name === name))
  return new Map(entries.map(({ key, packets, bytes }) => [key.join(' '), { packets, bytes }]))
}

function mapped(ruleset: Ruleset): RedirectView[] {
  return families
    .flatMap(family => mappedIn(ruleset, family))
    .toSorted((a, b) => a.protocol.localeCompare(b.protocol) || (a.port ?? 0) - (b.port ?? 0))
}

function mappedIn(ruleset: Ruleset, family: Family): RedirectView[] {
  const names = mapNames(family)
  const elements = (name: string) => [...(ruleset.maps.find(map => map.name === name)?.elem ?? [])]
  const ports = new Map(elements(names.port).map(([key, port]) => [keyOf(key).join(' '), port]))
  const sent = counters(ruleset, SENT)
  const received = counters(ruleset, RECEIVED)
  return elements(names.address).map(([key, address]) => {
    const [protocol, port] = keyOf(key)
    const place = `${family} ${protocol} ${port}`
    const host = family === 'ipv6' ? `[${address}]` : String(address)
    return {
      protocol: protocolName(protocol),
      port: Number(port),
      destination: `${host}:${ports.get(`${protocol} ${port}`)}`,
      sent: sent.get(place) ?? none,
      received: received.get(place) ?? none
    }
  })
}

const keyOf = (key: Expression): readonly Expression[] =>
  typeof key === 'object' && 'concat' in key ? (key.concat as readonly Expression[]) : []

/** What is left after the redirects of the family have their share. */
function fallbacks(ruleset: Ruleset): RedirectView[] {
  return ruleset.rules
    .flatMap(entry => entry.expr as Statement[])
    .flatMap(statement => ('dnat' in statement && typeof statement.dnat.addr === 'string' ? [statement.dnat.addr] : []))
    .map(address => {
      const family = familyOf(address)
      const listed = new Set(
        mappedIn(ruleset, family).map(entry => `${family} ${protocolNumbers[entry.protocol as Protocol]} ${entry.port}`)
      )
      const rest = (name: string) => {
        const left = [...counters(ruleset, name)].filter(([place]) => place.startsWith(`${family} `) && !listed.has(place))
        return left.reduce((sum, [, { packets, bytes }]) => ({ packets: sum.packets + packets, bytes: sum.bytes + bytes }), none)
      }
      return { protocol: 'tcp, udp', destination: address, sent: rest(SENT), received: rest(RECEIVED) }
    })
}
