import type { Ruleset } from '../../nftables/ruleset.ts'
import type { NftMap, NftSet } from '../../nftables/schema.ts'
import { linkAddress } from '../../state/address.ts'
import { route } from '../../state/route.ts'
import { rule } from '../../state/rule.ts'
import { ruleset } from '../../state/ruleset.ts'
import { observedLinks } from './links.ts'
import type { World } from './world.ts'

/** The world as the commands that would make it, sorted where order means nothing. */
export function dumpWorld(world: World): string {
  const links = observedLinks(world).map(({ name, up, carrier, mtu, kind, mode, alias, parentIndex }) => {
    const parent = world.links.find(entry => entry.index === parentIndex)?.name
    const words = [
      'link',
      name,
      up ? 'up' : 'down',
      carrier ? 'carrier' : 'no-carrier',
      'mtu',
      mtu,
      kind,
      mode,
      parent && `on ${parent}`,
      alias
    ]
    return words.filter(word => word !== undefined).join(' ')
  })
  return [
    ...links.sort(),
    ...world.addresses.map(entry => `${linkAddress.command('add', entry)} proto ${entry.protocol ?? 'none'}`).sort(),
    ...world.routes.map(entry => route.command('add', entry)).sort(),
    ...world.rules.map(entry => rule.command('add', entry)).sort(),
    ...[...world.sysctls].map(([key, value]) => `${key}=${value}`).sort(),
    ...[...world.tables.values()].map(table => ruleset.command('add', inOrder(table))).sort(),
    ''
  ].join('\n')
}

/** Only rules have an order that means something, and only within a chain. */
const inOrder = ({ table, sets, maps, chains, rules }: Ruleset): Ruleset => {
  const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name)
  return {
    table,
    sets: sets.toSorted(byName).map(withElementsInOrder),
    maps: maps.toSorted(byName).map(withElementsInOrder),
    chains: chains.toSorted(byName),
    rules: rules.toSorted((a, b) => a.chain.localeCompare(b.chain))
  }
}

function withElementsInOrder<T extends NftSet | NftMap>(object: T): T {
  const text = (element: unknown) => JSON.stringify(element)
  return object.elem ? { ...object, elem: [...object.elem].sort((a, b) => text(a).localeCompare(text(b))) } : object
}
