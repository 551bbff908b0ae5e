// A configuration of the egress router, as small as one can be; tests say only what matters to them.
import type { EgressConfig, Numbers, Source } from '../../src/config/shape.ts'

export const numbers: Numbers = { table: 4242, mark: 0x1000000, mask: 0x1000000, priority: 1000, protocol: 101 }
export const source4: Source = { family: 'ipv4', address: '192.168.12.99', prefix: 24, gateway: '192.168.12.1' }
export const source6: Source = { family: 'ipv6', address: 'fd00:12::99', prefix: 64, gateway: 'fd00:12::1' }

export const sample = (rest: Partial<EgressConfig> = {}): EgressConfig => ({
  mode: 'legacy',
  after: 'stay',
  interface: 'macvlan0',
  clusterInterface: 'eth0',
  clusterInterfaceGiven: false,
  macvlanMode: 'private',
  linkTimeout: 60,
  conflictProbe: 'off',
  sources: [source4],
  redirects: [],
  fallbacks: [],
  localPorts: [],
  numbers,
  debug: false,
  logFormat: 'auto',
  ...rest
})
