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
    ...[...world.tables.values()].map(table => ruleset.command('add', table)).sort(),
    ''
  ].join('\n')
}
