// Configurations as fast-check draws them: any that the parser lets through.
import fc from 'fast-check'
import type { EgressConfig, Numbers, Source } from '../../src/config/shape.ts'
import type { Family } from '../../src/ip/family.ts'
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
