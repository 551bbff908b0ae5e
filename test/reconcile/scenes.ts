// Configurations and the states that a namespace may be in when one is applied, as fast-check draws them.
import fc from 'fast-check'
import type { EgressConfig, Numbers, Source } from '../../src/config/shape.ts'
import { bitsOf, type Family } from '../../src/ip/family.ts'
import { add, address, byGateway, foreign, plug, route, rule, type Step, sysctl } from '../contract/steps.ts'
import { numbers, sample } from '../egress/sample.ts'

const marks: readonly (readonly [mark: number, mask: number])[] = [
  [0x1000000, 0x1000000],
  [0x1000000, 0x3000000],
  [0x3000000, 0x3000000],
  [1, 0xffffffff],
  [0xffffffff, 0xffffffff],
  [0x80000000, 0x80000000],
  [0x40000000, 0xc0000000],
  [5, 7],
  [4, 7]
]
const anyMark = fc.oneof(
  fc.constantFrom(...marks),
  fc
    .tuple(fc.integer({ min: 1, max: 0xffffffff }), fc.integer({ min: 0, max: 0xffffffff }))
    .map(([mark, more]) => [mark, (mark | more) >>> 0] as const)
)
const otherNumbers: fc.Arbitrary<Numbers> = fc
  .record({
    marked: anyMark,
    table: fc.constantFrom(4242, 77, 100_000),
    priority: fc.constantFrom(1000, 1, 32_764),
    protocol: fc.constantFrom(101, 200)
  })
  .map(({ marked: [mark, mask], ...rest }) => ({ mark, mask, ...rest }))

const sources4 = fc
  .record({
    address: fc.constantFrom('192.168.12.99', '192.168.12.98'),
    prefix: fc.constantFrom(32, 24, 16),
    gateway: fc.constantFrom('192.168.12.1', '192.168.13.1')
  })
  .map((rest): Source => ({ family: 'ipv4', ...rest }))
const sources6 = fc
  .record({
    address: fc.constantFrom('fd00:12::99', 'fd00:12::98'),
    prefix: fc.constantFrom(128, 64),
    gateway: fc.constantFrom('fd00:12::1', 'fd00:13::1', 'fe80::1')
  })
  .map((rest): Source => ({ family: 'ipv6', ...rest }))
const sources = fc.oneof(
  sources4.map(one => [one]),
  sources6.map(one => [one]),
  fc.tuple(sources4, sources6)
)

const protocol = fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const)
const port = fc.oneof(fc.constantFrom(1, 53, 80, 443, 65_535), fc.integer({ min: 1, max: 65_535 }))
const targets: Readonly<Record<Family, fc.Arbitrary<string>>> = {
  ipv4: fc.constantFrom('203.0.113.25', '203.0.113.26', '198.51.100.1'),
  ipv6: fc.constantFrom('2001:db8:113::25', '2001:db8:113::26')
}
const place = ({ protocol, port }: { protocol: string; port: number }) => `${protocol} ${port}`

const destinations = (families: readonly Family[]) => {
  const target = fc.oneof(...families.map(family => targets[family]))
  const destination = fc.record({ address: target, port })
  return fc.record({
    redirects: fc.uniqueArray(fc.record({ protocol, port, destination }), { maxLength: 6, selector: place }),
    fallbacks: fc
      .subarray([...families])
      .chain(some => fc.tuple(...some.map(family => targets[family].map(address => ({ family, address }))))),
    localPorts: fc.uniqueArray(fc.record({ protocol, port }), { maxLength: 3, selector: place })
  })
}

/** Any configuration that the parser lets through. */
export const configs: fc.Arbitrary<EgressConfig> = sources.chain(sources =>
  fc
    .record({
      places: destinations(sources.map(source => source.family)),
      interface: fc.constantFrom('macvlan0', 'macvlan0', 'net1'),
      parent: fc.constantFrom(undefined, 'parent0'),
      macvlanMode: fc.constantFrom('private' as const, 'bridge' as const),
      mtu: fc.constantFrom(undefined, undefined, 1300),
      conflictProbe: fc.constantFrom('off' as const, 'fast' as const),
      numbers: fc.oneof(fc.constant(numbers), otherNumbers)
    })
    .map(({ places, ...rest }) => sample({ sources, ...places, ...rest }))
)

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
      .map(({ plugs, others, mine }) => ({ config, earlier, before: [...pod, ...plugs, ...others, ...mine] }))
  })
