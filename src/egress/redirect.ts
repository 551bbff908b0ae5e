import type { EgressConfig, Protocol } from '../config/shape.ts'
import { EgressRouterError } from '../errors.ts'
import { familyOf } from '../ip/address.ts'
import type { Family } from '../ip/family.ts'
import { portKey } from '../nftables/port-key.ts'
import type { Expression } from '../nftables/schema.ts'

/** IP protocol numbers: names would depend on /etc/protocols. */
export const protocolNumbers: Readonly<Record<Protocol, number>> = { tcp: 6, udp: 17, sctp: 132 }
export const redirectedProtocols = Object.values(protocolNumbers)
/** A fallback takes what the documentation promises: TCP and UDP. */
export const fallbackProtocols = [protocolNumbers.tcp, protocolNumbers.udp]

type MapElement = readonly [Expression, Expression]

const keyOf = (protocol: Protocol, port: number): Expression => portKey(protocolNumbers[protocol], port)

/** The two maps of a family: where a connection goes to, by protocol and port. */
export function redirectElements(
  config: Pick<EgressConfig, 'redirects'>,
  family: Family
): { addresses: MapElement[]; ports: MapElement[] } {
  const addresses: MapElement[] = []
  const ports: MapElement[] = []
  for (const { protocol, port, destination } of config.redirects) {
    if (!('address' in destination) || familyOf(destination.address) !== family) continue
    const key = keyOf(protocol, port)
    addresses.push([key, destination.address])
    ports.push([key, destination.port])
  }
  return { addresses, ports }
}

export const localPortElements = (config: EgressConfig): Expression[] =>
  config.localPorts.map(({ protocol, port }) => keyOf(protocol, port))

/** Errors: EgressRouterError `EUSAGE` for a destination by name. */
export function refuseNames({ redirects }: Pick<EgressConfig, 'redirects'>): void {
  for (const { destination } of redirects) {
    if (!('name' in destination)) continue
    throw new EgressRouterError('EUSAGE', `destination '${destination.name}' is a host name, which this version does not follow yet`, {
      hint: 'give its address'
    })
  }
}
