// The objects of others in a state, as text.
import { linkAddress } from '../../src/state/address.ts'
import { link } from '../../src/state/link.ts'
import { route } from '../../src/state/route.ts'
import { rule } from '../../src/state/rule.ts'
import type { ObservedState } from '../../src/state/state.ts'
import type { Scene } from './scenes.ts'

const RTPROT_KERNEL = 2
/** The kernel's own: forwarding adds anycast addresses there. */
const LOCAL_TABLE = 255
/** The kernel makes link-local addresses when it has time. */
const isLinkLocal = (text: string) => text.startsWith('fe80:')

/** All but what carries our mark, the reserved addresses, the state of the egress link and the routes that the kernel derives from it. */
export function foreignObjects(state: ObservedState, { config, earlier }: Scene): string[] {
  const protocols = [config, earlier?.config].flatMap(one => (one ? [one.numbers.protocol] : []))
  const ours = [config, earlier?.config].flatMap(one => (one ? [one.interface] : []))
  const reserved = new Set(config.sources.map(source => source.address))
  const isOurs = (entry: { protocol?: number | undefined }) => entry.protocol !== undefined && protocols.includes(entry.protocol)
  return [
    ...state.links.filter(entry => !ours.includes(entry.name)).map(entry => `${link.command('change', entry)} ${entry.alias}`),
    ...state.addresses
      .filter(entry => !isOurs(entry) && !reserved.has(entry.address) && !isLinkLocal(entry.address))
      .map(entry => linkAddress.command('add', entry)),
    ...state.routes
      .filter(entry => entry.table !== LOCAL_TABLE && !isLinkLocal(entry.destination))
      .filter(entry => !isOurs(entry) && !(entry.protocol === RTPROT_KERNEL && ours.includes(entry.link ?? '')))
      .map(entry => route.command('add', entry)),
    ...state.rules.filter(entry => !isOurs(entry)).map(entry => rule.command('add', entry))
  ].sort()
}
