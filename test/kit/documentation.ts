// The values of the documentation's example. Everything a test says about addresses comes from here.

export type FamilyName = 'ipv4' | 'ipv6'

interface Values {
  /** Reserved address, as the operator writes it, and bare. */
  readonly sourcePrefix: string
  readonly source: string
  readonly gateway: string
  /** Three addresses of one external server. */
  readonly destinations: readonly [string, string, string]
  /** The router's address in the pod network. */
  readonly pod: string
  readonly client: string
  readonly neighbor: string
  readonly node: string
  readonly nodeForClient: string
  readonly holder: string
}

export const ipv4: Values = {
  sourcePrefix: '192.168.12.99/24',
  source: '192.168.12.99',
  gateway: '192.168.12.1',
  destinations: ['203.0.113.25', '203.0.113.26', '203.0.113.27'],
  pod: '10.128.0.2',
  client: '10.129.0.10',
  neighbor: '10.128.0.10',
  node: '10.128.0.1',
  nodeForClient: '10.129.0.1',
  holder: '192.168.12.7'
}

export const ipv6: Values = {
  sourcePrefix: 'fd00:12::99/64',
  source: 'fd00:12::99',
  gateway: 'fd00:12::1',
  destinations: ['2001:db8:113::25', '2001:db8:113::26', '2001:db8:113::27'],
  pod: 'fd00:128::2',
  client: 'fd00:129::10',
  neighbor: 'fd00:128::10',
  node: 'fd00:128::1',
  nodeForClient: 'fd00:129::1',
  holder: 'fd00:12::7'
}

export const values: Readonly<Record<FamilyName, Values>> = { ipv4, ipv6 }

/** Ports on which the external server listens, TCP and UDP alike. */
export const serverPorts = [7, 53, 80, 443, 8080, 8443, 30_000, 65_535] as const

/** MTU of the pod network; the LAN has 1500. */
export const podMtu = 1400

/** The environment of the documentation's example, for the families asked for. */
export function environment(families: readonly FamilyName[], overrides: Readonly<Record<string, string>> = {}): Record<string, string> {
  const of = (pick: (v: Values) => string, separator: string) => families.map(name => pick(values[name])).join(separator)
  return {
    EGRESS_SOURCE: of(v => v.sourcePrefix, ','),
    EGRESS_GATEWAY: of(v => v.gateway, ','),
    EGRESS_DESTINATION: of(v => v.destinations[0], '\n'),
    EGRESS_ROUTER_MODE: 'init',
    ...overrides
  }
}
