import type { EgressConfig, Protocol, Redirect } from '../config/shape.ts'
import { EgressRouterError } from '../errors.ts'
import type { Expression } from '../nftables/schema.ts'

/** IP protocol numbers: names would depend on /etc/protocols. */
export const protocolNumbers: Readonly<Record<Protocol, number>> = { tcp: 6, udp: 17, sctp: 132 }
export const redirectedProtocols = Object.values(protocolNumbers)
/** A fallback takes what the documentation promises: TCP and UDP. */
export const fallbackProtocols = [protocolNumbers.tcp, protocolNumbers.udp]

export const localPortElements = (config: EgressConfig): Expression[] =>
  config.localPorts.map(({ protocol, port }) => ({ concat: [protocolNumbers[protocol], port] }))

/** Whether two redirects lead to the same place. */
export function sameTarget({ destination: a }: Redirect, { destination: b }: Redirect): boolean {
  if ('address' in a !== 'address' in b || a.port !== b.port) return false
  return 'address' in a && 'address' in b ? a.address === b.address : 'name' in a && 'name' in b && a.name === b.name
}

/** Errors: EgressRouterError `EUSAGE` for a destination by name. */
export function refuseNames({ redirects }: Pick<EgressConfig, 'redirects'>): void {
  for (const { destination } of redirects) {
    if (!('name' in destination)) continue
    throw new EgressRouterError('EUSAGE', `destination '${destination.name}' is a host name, which this version does not follow yet`, {
      hint: 'give its address'
    })
  }
}
