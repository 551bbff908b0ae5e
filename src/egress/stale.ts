import type { EgressConfig, Protocol } from '../config/shape.ts'
import type { Flow } from '../conntrack/conntrack.ts'
import { type Address, familyOf } from '../ip/address.ts'
import { protocolNumbers } from './redirect.ts'

/**
 * UDP flows that the kernel still translates as an earlier configuration said, or not at all: connection tracking decides once, and a
 * client that keeps sending would keep the old target for ever. TCP connections are left to end by themselves.
 *
 * @param local the pod's own addresses
 */
export function staleFlows(config: EgressConfig, flows: readonly Flow[], local: ReadonlySet<Address>): Flow[] {
  const kept = new Set(config.localPorts.map(({ protocol, port }) => keyOf(protocol, port)))
  const targets = new Map(
    config.redirects.flatMap(({ protocol, port, destination }) =>
      'address' in destination ? [[keyOf(protocol, port), destination] as const] : []
    )
  )
  const targetOf = (flow: Flow) => {
    const family = familyOf(flow.original.destination)
    const key = keyOf('udp', flow.original.destinationPort)
    if (kept.has(key)) return undefined
    const redirect = targets.get(key)
    if (redirect && familyOf(redirect.address) === family) return redirect
    const fallback = config.fallbacks.find(entry => entry.family === family)
    return fallback && { address: fallback.address, port: flow.original.destinationPort }
  }
  const sources = new Set(config.sources.map(source => source.address))
  const { mark, mask } = config.numbers
  return flows.filter(flow => {
    if (flow.protocol !== protocolNumbers.udp || !local.has(flow.original.destination)) return false
    const marked = (flow.mark & mask) >>> 0 === mark
    const target = targetOf(flow)
    if (!target) return marked
    return flow.reply.source !== target.address || flow.reply.sourcePort !== target.port || !sources.has(flow.reply.destination)
  })
}

const keyOf = (protocol: Protocol, port: number) => `${protocol} ${port}`
