import { EgressRouterError } from '../errors.ts'
import { openLinux } from '../kernel/linux.ts'

/**
 * Name of the link of the node's IPv4 default route, the one with the lowest metric.
 *
 * Errors: EgressRouterError `ELINK` without such a route.
 */
export function findDefaultParent(): string {
  using kernel = openLinux()
  const { routes } = kernel.observe({ sysctls: [] })
  const main = 254
  const [first] = routes
    .filter(route => route.family === 'ipv4' && route.table === main && route.destination === 'default' && route.link !== undefined)
    .toSorted((a, b) => a.metric - b.metric)
  if (first?.link !== undefined) return first.link
  throw new EgressRouterError('ELINK', 'the node has no IPv4 default route that would tell the parent link', {
    hint: 'name the parent link'
  })
}
