// The destination lists that are installed: N redirects from as many ports, in two versions of which every target differs.
import { type EgressConfig, parseConfig } from '../src/index.ts'

export interface Target {
  readonly port: number
  readonly address: string
  readonly targetPort: number
}
export type List = readonly Target[]

/** All targets of both versions; the servers of the data path answer for the whole network. */
export const TARGETS = '203.0.0.0/16'
export const GATEWAY = '192.168.12.1'
export const SOURCE = '192.168.12.99'

/** `count` redirects, port n to a server at port n + 1 (n + 2 in version 1), at addresses that tell the versions apart. */
export const makeList = (count: number, version: 0 | 1): List =>
  Array.from({ length: count }, (_, i) => ({
    port: i + 1,
    address: `203.0.${version * 100 + (i % 100)}.${1 + (Math.floor(i / 100) % 250)}`,
    targetPort: ((i + 1 + version) % 65_535) + 1
  }))

export const textOf = (list: List): string => list.map(({ port, address, targetPort }) => `${port} tcp ${address} ${targetPort}`).join('\n')

/** Environment of a router with this list. */
export const environmentOf = (list: List, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  EGRESS_SOURCE: `${SOURCE}/24`,
  EGRESS_GATEWAY: GATEWAY,
  EGRESS_CONFLICT_PROBE: 'off',
  EGRESS_DESTINATION: textOf(list),
  ...more
})

export const configOf = (list: List, more?: Readonly<Record<string, string>>): EgressConfig =>
  parseConfig({ env: environmentOf(list, more) }).config
