// The states that a namespace may be in when a configuration is applied, as fast-check draws them.
import fc from 'fast-check'
import type { EgressConfig } from '../../src/config/shape.ts'
import { bitsOf } from '../../src/ip/family.ts'
import { add, address, byGateway, foreign, plug, route, rule, type Step, sysctl } from '../contract/steps.ts'
import { configs } from './configs.ts'

const linkStep = fc.constantFrom({ up: false }, { up: true }, { up: true, mtu: 1400 })
const foreigners = (link: string): fc.Arbitrary<Step[]> =>
  fc.subarray<Step>([
    plug('veth9', { up: true, mtu: 1280 }),
    add('rule', rule({ priority: 500, mark: 1, mask: 1, table: 77, protocol: 4 })),
    add('rule', rule({ priority: 1000, from: '10.128.0.2/32', table: 254, protocol: 4 })),
    add('rule', rule({ family: 'ipv6', priority: 1001, mark: 9, table: 78, protocol: 4 })),
    add('route', route('10.9.0.0/16', { link: 'eth0', table: 99, protocol: 4 })),
    add('route', route('10.9.0.0/16', { link: 'eth0', protocol: 4 })),
    add('route', route('fd00:9::/64', { link: 'eth0', table: 99, protocol: 4 })),
    add('address', address('10.77.0.5/24', link, foreign)),
    add('address', address('192.168.12.50/24', link, foreign)),
    add('address', address('fd00:77::5/64', link, foreign)),
    sysctl('ipv4/conf/all/rp_filter', '1'),
    sysctl('ipv4/ip_forward', '1')
  ])

/** The pod's own link, with its addresses and default routes. */
export const pod: readonly Step[] = [
  plug('eth0', { up: true, mtu: 1400 }),
  add('address', address('10.128.0.2/24', 'eth0', foreign)),
  add('address', address('fd00:128::2/64', 'eth0', foreign)),
  add('route', byGateway('10.128.0.1', { link: 'eth0', table: 254, protocol: 4 })),
  add('route', byGateway('fd00:128::1', { link: 'eth0', table: 254, protocol: 4 })),
  plug('parent0')
]

export interface Scene {
  readonly config: EgressConfig
  readonly before: readonly Step[]
  /** A configuration that was applied before, and how many of its operations. */
  readonly earlier?: { readonly config: EgressConfig; readonly operations: number } | undefined
}

/** What somebody put on the link by hand: the reserved address, with a connected route or without, perhaps with another prefix. */
const byHand = ({ sources, interface: link }: EgressConfig): fc.Arbitrary<Step[]> =>
  fc
    .tuple(fc.subarray([...sources]), fc.boolean(), fc.boolean())
    .map(([some, noPrefixRoute, whole]) =>
      some.map(({ family, address: at, prefix }) =>
        add('address', address(`${at}/${whole ? bitsOf(family) : prefix}`, link, { ...foreign, noPrefixRoute }))
      )
    )

export const scenes: fc.Arbitrary<Scene> = fc
  .tuple(configs, fc.option(fc.record({ config: configs, operations: fc.integer({ min: 0, max: 40 }) }), { nil: undefined }))
  .chain(([config, before]) => {
    // the protocol number is the mark itself: what carries another one is foreign
    const { protocol } = config.numbers
    const earlier = before && { ...before, config: { ...before.config, numbers: { ...before.config.numbers, protocol } } }
    const names = new Set(
      [config, earlier?.config].filter(one => one && one.parent === undefined).map(one => (one as EgressConfig).interface)
    )
    const plugs = fc.tuple(...[...names].map(name => linkStep.map(link => plug(name, link))))
    const there = names.has(config.interface)
    return fc
      .record({
        plugs,
        others: foreigners(there ? config.interface : 'eth0'),
        mine: there ? byHand(config) : fc.constant([]),
        first: fc.boolean()
      })
      .map(({ plugs, others, mine, first }) => ({
        config,
        earlier,
        before: [...pod, ...plugs, ...(first ? [...mine, ...others] : [...others, ...mine])]
      }))
  })
