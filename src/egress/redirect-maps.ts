import type { EgressConfig, Redirect } from '../config/shape.ts'
import { familyOf } from '../ip/address.ts'
import type { Family } from '../ip/family.ts'
import { ElementPacker } from '../nftables/packed-elements.ts'
import type { NftMap } from '../nftables/schema.ts'
import { type Shape, shapeOf } from '../nftables/types.ts'
import { OUR_TABLE } from '../state/ruleset.ts'
import { runAtOnce, type Steps } from '../steps.ts'
import { protocolNumbers } from './redirect.ts'

export const mapNames = (family: Family) => ({
  address: `redirect${family === 'ipv4' ? 4 : 6}_address`,
  port: `redirect${family === 'ipv4' ? 4 : 6}_port`
})

/** The two maps of a family: where a connection goes to, by protocol and port. */
export const mapsOf = ({ redirects }: Pick<EgressConfig, 'redirects'>, family: Family): readonly NftMap[] =>
  runAtOnce(packingMaps(redirects, family))

/** What has been packed: a list that is in force is compiled again at every look. */
const known = new WeakMap<readonly Redirect[], Map<Family, readonly NftMap[]>>()

/** Redirects a step. */
const STEP = 1000

/** The same in steps; `mapsOf` then has them at once. */
export function* packingMaps(redirects: readonly Redirect[], family: Family): Steps<readonly NftMap[]> {
  const ready = known.get(redirects) ?? new Map<Family, readonly NftMap[]>()
  const maps = ready.get(family) ?? (yield* pack(redirects, family))
  known.set(redirects, ready.set(family, maps))
  return maps
}

function* pack(redirects: readonly Redirect[], family: Family): Steps<readonly NftMap[]> {
  const common = { family: 'inet', table: OUR_TABLE, type: ['inet_proto', 'inet_service'] } as const
  const names = mapNames(family)
  const addressMap: NftMap = { ...common, name: names.address, map: family === 'ipv4' ? 'ipv4_addr' : 'ipv6_addr' }
  const portMap: NftMap = { ...common, name: names.port, map: 'inet_service' }
  const addresses = new ElementPacker(shapeOf(addressMap) as Shape, redirects.length)
  const ports = new ElementPacker(shapeOf(portMap) as Shape, redirects.length)
  const key: [number, number] = [0, 0]
  for (const [i, { protocol, port, destination }] of redirects.entries()) {
    if (i % STEP === STEP - 1) yield
    if (!('address' in destination) || familyOf(destination.address) !== family) continue
    key[0] = protocolNumbers[protocol]
    key[1] = port
    addresses.add(key, destination.address)
    ports.add(key, destination.port)
  }
  return [
    { ...addressMap, elem: addresses.finish() as NonNullable<NftMap['elem']> },
    { ...portMap, elem: ports.finish() as NonNullable<NftMap['elem']> }
  ]
}
