// The words that cases are made of: what is done to a kernel, one thing after the other.
import { hostPrefix, networkOf } from '../../src/ip/prefix.ts'
import type { LinkAddress } from '../../src/state/address.ts'
import type { Link } from '../../src/state/link.ts'
import type { Operation } from '../../src/state/operation.ts'
import type { Route } from '../../src/state/route.ts'
import type { Rule } from '../../src/state/rule.ts'
import type { Plug } from '../kernel/stage.ts'

export type Step = Operation | { readonly kind: 'plug'; readonly resource: Plug } | { readonly kind: 'unplug'; readonly resource: string }

export const plug = (name: string, rest: Omit<Plug, 'name'> = { up: true }): Step => ({ kind: 'plug', resource: { name, ...rest } })
export const unplug = (name: string): Step => ({ kind: 'unplug', resource: name })

type Kind = Operation['kind']
export const add = <K extends Kind>(kind: K, resource: Extract<Operation, { kind: K }>['resource']): Step =>
  ({ kind, verb: 'add', resource }) as Step
export const remove = <K extends Kind>(kind: K, resource: Extract<Operation, { kind: K }>['resource']): Step =>
  ({ kind, verb: 'delete', resource, before: resource }) as Step
export const change = <K extends Kind>(kind: K, resource: Extract<Operation, { kind: K }>['resource']): Step =>
  ({ kind, verb: 'change', resource }) as Step

export const up = (name: string, mtu?: number): Step => change('link', { name, up: true, mtu })
export const down = (name: string): Step => change('link', { name, up: false })
export const sysctl = (key: string, value: string): Step => change('sysctl', { key: `net/${key}`, value })

/** `ADDRESS/PREFIX` on a link; ours unless `rest` says otherwise. */
export function address(text: string, link = 'macvlan0', rest: Partial<LinkAddress> = {}): LinkAddress {
  const [at = '', prefix] = text.split('/')
  return { link, address: at, prefix: Number(prefix), noPrefixRoute: true, noDad: true, protocol: 101, ...rest }
}

/** As `ip addr add` puts it there: with a connected route, and nobody's. */
export const foreign = { noPrefixRoute: false, protocol: undefined } as const

export const route = (destination: string, rest: Partial<Route> = {}): Route => {
  const six = destination.includes(':')
  return {
    family: six ? 'ipv6' : 'ipv4',
    type: 'unicast',
    destination,
    table: 4242,
    link: 'macvlan0',
    scope: six || rest.gateway ? 'global' : 'link',
    metric: six ? 1024 : 0,
    protocol: 101,
    ...rest
  }
}
export const byGateway = (gateway: string, rest: Partial<Route> = {}): Route => {
  const six = gateway.includes(':')
  return route('default', { family: six ? 'ipv6' : 'ipv4', gateway, scope: 'global', metric: six ? 1024 : 0, ...rest })
}
export const lastRoute = (family: Route['family']): Route =>
  route('default', { family, type: 'unreachable', link: undefined, scope: 'global', metric: 0xffff_ffff })

export const rule = (rest: Partial<Rule> = {}): Rule => ({ family: 'ipv4', priority: 1000, table: 4242, protocol: 101, ...rest })
export const macvlan = (rest: Partial<NonNullable<Link['creation']>> = {}, name = 'macvlan0'): Link => ({
  name,
  up: true,
  creation: { parent: 'parent0', mode: 'private', ...rest }
})
export const network = networkOf
export const host = hostPrefix
