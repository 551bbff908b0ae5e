import type { Address } from '../ip/address.ts'
import type { Family } from '../ip/family.ts'
import type { ResourceType } from './resource.ts'

export type RouteType = 'unicast' | 'unreachable' | 'local' | 'broadcast' | 'anycast' | 'multicast' | 'blackhole' | 'prohibit' | 'other'

export interface Route {
  readonly family: Family
  readonly type: RouteType
  /** `default` or a network. */
  readonly destination: string
  readonly table: number
  readonly link?: string | undefined
  readonly gateway?: Address | undefined
  /** The gateway is reached on the link although no prefix covers it. */
  readonly onlink?: boolean | undefined
  readonly scope: 'global' | 'link' | 'host' | 'site' | 'nowhere' | 'other'
  readonly source?: Address | undefined
  /** 0 where IPv4 has none; IPv6 always has one. */
  readonly metric: number
  readonly protocol: number
}

/** Last entry of our table: with the link away, a redirected packet ends here and does not follow the pod's own default route. */
export const LAST_METRIC = 0xffff_ffff

export const route: ResourceType<Route> = {
  kind: 'route',
  key: ({ family, table, destination, metric, type }) => `${family} ${table} ${destination} ${metric} ${type === 'unicast' ? '' : type}`,
  equal: (a, b) =>
    a.type === b.type &&
    a.link === b.link &&
    a.gateway === b.gateway &&
    (a.onlink ?? false) === (b.onlink ?? false) &&
    a.scope === b.scope &&
    a.source === b.source &&
    a.protocol === b.protocol,
  owned: (observed, protocol) => observed.protocol === protocol,
  command(verb, { family, type, destination, table, link, gateway, onlink, scope, source, metric, protocol }) {
    const words = [family === 'ipv6' ? 'ip -6 route' : 'ip route', verb === 'delete' ? 'del' : verb === 'change' ? 'replace' : 'add']
    if (type !== 'unicast') words.push(type)
    words.push(destination)
    if (gateway) words.push('via', gateway)
    if (link) words.push('dev', link)
    words.push('table', String(table), 'proto', String(protocol))
    if (scope === 'link') words.push('scope', 'link')
    if (source) words.push('src', source)
    if (metric) words.push('metric', String(metric))
    if (onlink) words.push('onlink')
    return words.join(' ')
  }
}
