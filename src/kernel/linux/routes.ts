import { splitPrefix } from '../../ip/prefix.ts'
import type { Values } from '../../netlink/attribute.ts'
import { NLM_F_CREATE, NLM_F_EXCL } from '../../netlink/header.ts'
import type { Unnamed } from '../../netlink/request.ts'
import type { NetlinkSocket } from '../../netlink/socket.ts'
import {
  RT_TABLE_COMPAT,
  RTM_DELROUTE,
  RTM_F_CLONED,
  RTM_GETROUTE,
  RTM_NEWROUTE,
  RTNH_F_ONLINK,
  type routeAttributes,
  routeFormat,
  routeScopes,
  routeTypes
} from '../../rtnetlink/route.ts'
import type { Route } from '../../state/route.ts'
import { AF_INET, AF_INET6 } from '../../sys/syscalls.ts'

const LOOPBACK_INDEX = 1

/** All routes of the socket's namespace in all tables, without the cached clones. */
export function dumpRoutes(socket: NetlinkSocket, nameOf: (index: number) => string): Route[] {
  const answers = socket.dump({ command: 'ip route show table all', type: RTM_GETROUTE, format: routeFormat, brief: true })
  return answers.flatMap(({ header, values }) => {
    const family = header.family === AF_INET ? 'ipv4' : header.family === AF_INET6 ? 'ipv6' : undefined
    if (family === undefined || header.flags & RTM_F_CLONED) return []
    const type = wordOf(routeTypes, header.type)
    // the kernel hangs IPv6 routes that lead nowhere on the loopback link
    const nowhere = type === 'unreachable' || type === 'blackhole' || type === 'prohibit'
    const link = values.outgoingLink === undefined || nowhere ? undefined : nameOf(values.outgoingLink)
    return [
      {
        family,
        type,
        destination:
          values.destination === undefined || header.destinationLength === 0
            ? 'default'
            : `${values.destination}/${header.destinationLength}`,
        table: values.table ?? header.table,
        link,
        gateway: values.gateway,
        onlink: (header.flags & RTNH_F_ONLINK) !== 0,
        scope: wordOf(routeScopes, header.scope),
        source: values.preferredSource,
        metric: values.priority ?? 0,
        protocol: header.protocol
      } as const
    ]
  })
}

const wordOf = <W extends string>(words: Readonly<Record<W, number>>, number: number): W | 'other' =>
  (Object.entries(words).find(([, value]) => value === number)?.[0] as W | undefined) ?? 'other'

/** Adding or deleting a route; `index` is that of its link. */
export function routeRequest(verb: 'add' | 'delete', resource: Route, index: number | undefined): Unnamed {
  const { family, type, destination, table, gateway, onlink, scope, source, metric, protocol } = resource
  const values: Values<typeof routeAttributes> = { table }
  const header = {
    family: family === 'ipv4' ? AF_INET : AF_INET6,
    destinationLength: 0,
    table: table < 256 ? table : RT_TABLE_COMPAT,
    protocol,
    scope: scope === 'other' ? 0 : routeScopes[scope],
    type: type === 'other' ? 0 : routeTypes[type],
    flags: onlink ? RTNH_F_ONLINK : 0
  }
  if (destination !== 'default') {
    const { address, length } = splitPrefix(destination)
    header.destinationLength = length
    values.destination = address
  }
  if (gateway !== undefined) values.gateway = gateway
  if (type === 'unicast' && index !== undefined) values.outgoingLink = index
  else if (family === 'ipv6' && type !== 'unicast') values.outgoingLink = LOOPBACK_INDEX
  if (source !== undefined) values.preferredSource = source
  if (metric !== 0) values.priority = metric
  const add = verb === 'add'
  return {
    type: add ? RTM_NEWROUTE : RTM_DELROUTE,
    flags: add ? NLM_F_CREATE | NLM_F_EXCL : 0,
    format: routeFormat,
    header,
    values
  }
}
