import { hostPrefix } from '../ip/prefix.ts'
import { type LinkAddress, linkAddress, type ObservedAddress } from '../state/address.ts'
import { link } from '../state/link.ts'
import type { Operation } from '../state/operation.ts'
import type { ResourceType } from '../state/resource.ts'
import { route } from '../state/route.ts'
import { rule } from '../state/rule.ts'
import { ruleset } from '../state/ruleset.ts'
import type { DesiredState, ObservedState } from '../state/state.ts'
import { sysctl } from '../state/sysctl.ts'

/** The changes that lead from observed to desired, in an order in which no packet leaves with a wrong source at any moment. */
export interface Plan {
  readonly operations: readonly Operation[]
}

/**
 * Compares every object by itself; what is in sync is left alone, what lacks our mark is never touched.
 *
 * On the way up the ruleset comes first and the link goes up before anything is routed to it; on the way down the link goes down first
 * and the ruleset, which guards it, is the last to leave.
 */
export function plan(desired: DesiredState, observed: ObservedState): Plan {
  const { protocol } = desired
  const rules = compare(rule, desired.rules, observed.rules, protocol) as Changes<'rule'>
  const addresses = compareAddresses(desired, observed)
  const routes = renewRoutes(compare(route, desired.routes, observed.routes, protocol) as Changes<'route'>, addresses, desired)
  const links = planLinks(desired, observed)
  const sysctls = planSysctls(desired, observed)
  const rulesets = planRuleset(desired, observed)
  const up = desired.ruleset !== undefined
  // taking IPv6 off a link deletes what is on it, which must have been deleted by name before, so that it can be taken back
  const harsh = sysctls.filter(({ resource }) => resource.key.endsWith('/disable_ipv6'))
  const mild = sysctls.filter(operation => !harsh.includes(operation))
  return {
    operations: [
      ...(up ? [...rulesets, ...links.add, ...mild] : links.down),
      ...rules.deletes,
      ...routes.deletes,
      ...addresses.deletes,
      ...(up ? [...links.down, ...harsh] : []),
      ...links.change,
      ...addresses.adds,
      ...routes.adds,
      ...rules.adds,
      ...links.deletes,
      ...(up ? [] : sysctls),
      ...(up ? [] : rulesets)
    ]
  }
}

type Of<K> = Extract<Operation, { kind: K }>
interface Changes<K> {
  readonly deletes: Of<K>[]
  readonly adds: Of<K>[]
}

/** An object that is not as it should be is deleted and added again: rules, routes and addresses have no change in place. */
function compare<D, O extends D>(type: ResourceType<D, O>, desired: readonly D[], observed: readonly O[], protocol: number) {
  const wanted = new Map(desired.map(resource => [type.key(resource), resource]))
  const settled = new Set<string>()
  const deletes = []
  for (const resource of observed) {
    const key = type.key(resource)
    const target = wanted.get(key)
    if (target !== undefined && !settled.has(key) && type.equal(target, resource)) settled.add(key)
    else if (type.owned(resource, protocol)) deletes.push({ kind: type.kind, verb: 'delete', resource, before: resource })
  }
  const adds = []
  for (const resource of desired) if (!settled.has(type.key(resource))) adds.push({ kind: type.kind, verb: 'add', resource })
  return { deletes, adds }
}

/**
 * A reserved address is ours by configuration: one that another program put on our link with a connected route, or with another prefix,
 * is replaced. On kernels without IFA_PROTO an address is ours when a rule of ours names it.
 */
function compareAddresses(desired: DesiredState, observed: ObservedState): Changes<'address'> {
  const { protocol } = desired
  const wanted = new Map(desired.addresses.map(entry => [placeOf(entry), entry]))
  const ruled = new Set(observed.rules.filter(entry => rule.owned(entry, protocol)).map(entry => entry.from))
  const found = new Map<ObservedAddress, ObservedAddress>()
  const claimed = observed.addresses.map((entry: ObservedAddress) => {
    const target = wanted.get(placeOf(entry))
    const isRight = target?.prefix === entry.prefix && linkAddress.equal(target, entry)
    const ours = target ? !isRight : entry.protocol === undefined && ruled.has(hostPrefix(entry.address))
    if (!ours) return entry
    const claim = { ...entry, protocol }
    found.set(claim, entry)
    return claim
  })
  const { deletes, adds } = compare(linkAddress, desired.addresses, claimed, protocol) as Changes<'address'>
  // what is undone comes back as it was found
  return {
    deletes: deletes.map(operation => ({ ...operation, before: found.get(operation.resource as ObservedAddress) ?? operation.before })),
    adds
  }
}

const placeOf = ({ link: name, address }: LinkAddress) => `${name} ${address}`

/** With an IPv4 address the kernel drops the routes that depend on it, in sync or not: those of ours on its link are made anew. */
function renewRoutes({ deletes, adds }: Changes<'route'>, addresses: Changes<'address'>, desired: DesiredState): Changes<'route'> {
  const links = new Set(addresses.deletes.filter(({ resource }) => !resource.address.includes(':')).map(({ resource }) => resource.link))
  const added = new Set(adds.map(({ resource }) => route.key(resource)))
  const lost = desired.routes.filter(
    entry => entry.family === 'ipv4' && entry.link !== undefined && links.has(entry.link) && !added.has(route.key(entry))
  )
  const anew = desired.routes.filter(entry => added.has(route.key(entry)) || lost.includes(entry))
  return {
    deletes: [...deletes, ...lost.map(resource => ({ kind: 'route', verb: 'delete', resource, before: resource }) as const)],
    adds: anew.map(resource => ({ kind: 'route', verb: 'add', resource }) as const)
  }
}

function planLinks(desired: DesiredState, observed: ObservedState) {
  const add: Operation[] = []
  const change: Operation[] = []
  const down: Operation[] = []
  const deletes: Operation[] = []
  for (const resource of desired.links) {
    // what was broken off is made anew
    const before = observed.links.find(entry => entry.name === resource.name && !(entry.halfMade && resource.creation))
    if (!before && resource.creation) add.push({ kind: 'link', verb: 'add', resource })
    // a link that is not there yet comes down, so it always has to go up
    if (!before || !link.equal(resource, before)) {
      if (before || resource.creation) change.push({ kind: 'link', verb: 'change', resource, before: before ?? { ...resource, up: false } })
    }
  }
  const wanted = new Set(desired.links.map(entry => entry.name))
  const used = linksInUse(observed, desired.protocol)
  for (const before of observed.links) {
    if (wanted.has(before.name)) continue
    const owned = link.owned(before, desired.protocol)
    if (before.up && (owned || used.has(before.name))) {
      down.push({ kind: 'link', verb: 'change', resource: { name: before.name, up: false }, before })
    }
    if (owned) deletes.push({ kind: 'link', verb: 'delete', resource: before, before })
  }
  return { add, change, down, deletes }
}

/** Links that carry an address or a route of ours. */
function linksInUse(observed: ObservedState, protocol: number): Set<string> {
  const used = new Set<string>()
  for (const entry of observed.addresses) if (linkAddress.owned(entry, protocol)) used.add(entry.link)
  for (const entry of observed.routes) if (entry.link !== undefined && route.owned(entry, protocol)) used.add(entry.link)
  return used
}

function planSysctls(desired: DesiredState, observed: ObservedState): Of<'sysctl'>[] {
  const current = new Map(observed.sysctls.map(entry => [entry.key, entry]))
  return desired.sysctls.flatMap(resource => {
    const before = current.get(resource.key)
    if (before && sysctl.equal(resource, before)) return []
    return [{ kind: 'sysctl', verb: 'change', resource, before } as const]
  })
}

function planRuleset(desired: DesiredState, observed: ObservedState): Operation[] {
  const before = observed.ruleset
  if (!desired.ruleset) return before ? [{ kind: 'ruleset', verb: 'delete', resource: before, before }] : []
  if (before && ruleset.equal(desired.ruleset, before)) return []
  return [{ kind: 'ruleset', verb: before ? 'change' : 'add', resource: desired.ruleset, before }]
}
