import type { EgressConfig } from '../config/shape.ts'
import { EgressRouterError } from '../errors.ts'
import type { ObservedLink } from '../state/link.ts'
import type { ObservedState } from '../state/state.ts'

const MAIN_TABLE = 254

/**
 * The link on the cluster's side: the one that is named, or `eth0`, or (when nobody named one) the link of the pod's default route.
 *
 * Errors: EgressRouterError `ELINK` when there is none.
 */
export function clusterLink(config: EgressConfig, observed: ObservedState): ObservedLink {
  const named = observed.links.find(entry => entry.name === config.clusterInterface)
  if (named && named.name !== config.interface) return named
  const byRoute = config.clusterInterfaceGiven ? undefined : linkOfDefaultRoute(config, observed)
  if (byRoute) return byRoute
  const names = observed.links.map(entry => entry.name).filter(name => name !== 'lo' && name !== config.interface)
  throw new EgressRouterError('ELINK', `cluster link '${config.clusterInterface}' does not exist in this namespace`, {
    hint:
      names.length > 0
        ? `links here: ${names.join(', ')}; EGRESS_CLUSTER_INTERFACE names the one that it is`
        : 'the pod has no link beside the loopback'
  })
}

/** The default route with the lowest metric, IPv4 before IPv6. */
function linkOfDefaultRoute(config: EgressConfig, observed: ObservedState): ObservedLink | undefined {
  const candidates = observed.routes
    .filter(route => route.table === MAIN_TABLE && route.type === 'unicast' && route.link !== undefined && route.link !== config.interface)
    // a default comes as nil or as a network of length zero
    .filter(route => route.destination === 'default')
    .toSorted((a, b) => a.family.localeCompare(b.family) || a.metric - b.metric)
  return observed.links.find(entry => entry.name === candidates[0]?.link)
}
