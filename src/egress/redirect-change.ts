import type { EgressConfig, Redirect } from '../config/shape.ts'
import { families } from '../ip/family.ts'
import type { ElementSelection } from '../nftables/element-change.ts'
import type { Operation } from '../state/operation.ts'
import { OUR_TABLE } from '../state/ruleset.ts'
import { protocolNumbers, sameTarget } from './redirect.ts'
import { mapsOf } from './redirect-maps.ts'

/** The elements of our table that redirects are made of. Errors: EgressRouterError `EUSAGE` for a destination by name. */
const redirectSelection = (redirects: readonly Redirect[]): ElementSelection => ({
  table: OUR_TABLE,
  sets: [],
  maps: families.flatMap(family => mapsOf({ redirects }, family)).filter(({ elem }) => elem && elem.length > 0)
})

export const addRedirects = (redirects: readonly Redirect[]): Operation => ({
  kind: 'elements',
  verb: 'add',
  resource: redirectSelection(redirects)
})

export const deleteRedirects = (redirects: readonly Redirect[]): Operation => {
  const resource = redirectSelection(redirects)
  return { kind: 'elements', verb: 'delete', resource, before: resource }
}

/** Takes the redirects of `before` away and puts `after` in their place, in one transaction. */
export const changeRedirects = (before: readonly Redirect[], after: readonly Redirect[]): Operation => ({
  kind: 'elements',
  verb: 'change',
  resource: redirectSelection(after),
  before: redirectSelection(before)
})

/**
 * The one operation that leads from one configuration to another which differs in its redirects alone; undefined where anything else
 * differs, or nothing does, or more than `most` redirects come and go.
 */
export function redirectChange(from: EgressConfig, to: EgressConfig, most = Number.POSITIVE_INFINITY): Operation | undefined {
  const { redirects: old, ...rest } = from
  const { redirects: wanted, ...others } = to
  if (old === wanted || JSON.stringify(rest) !== JSON.stringify(others)) return undefined
  const known = new Map(old.map(redirect => [placeOf(redirect), redirect]))
  const added: Redirect[] = []
  const removed: Redirect[] = []
  for (const redirect of wanted) {
    const before = known.get(placeOf(redirect))
    known.delete(placeOf(redirect))
    if (before && sameTarget(before, redirect)) continue
    if (before) removed.push(before)
    added.push(redirect)
    if (added.length > most) return undefined
  }
  if (added.length + removed.length + known.size > most) return undefined
  removed.push(...known.values())
  if (added.length === 0) return removed.length === 0 ? undefined : deleteRedirects(removed)
  return removed.length === 0 ? addRedirects(added) : changeRedirects(removed, added)
}

const PORTS = 0x10000

const placeOf = ({ protocol, port }: Redirect) => protocolNumbers[protocol] * PORTS + port
