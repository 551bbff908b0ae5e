import type { Rule } from '../../state/rule.ts'
import { rule } from '../../state/rule.ts'
import { refuse, type World } from './world.ts'

const ALL_BITS = 0xffff_ffff

const observed = (resource: Rule) => ({
  ...resource,
  mask: resource.mark === undefined ? undefined : (resource.mask ?? ALL_BITS),
  complex: false
})

const isSame = (a: Rule, b: Rule) => rule.key(a) === rule.key(b) && a.table === b.table && a.protocol === b.protocol

export function addRule(world: World, resource: Rule, command: string): void {
  const added = observed(resource)
  if (world.rules.some(entry => isSame(entry, added))) throw refuse(command, 'EEXIST')
  world.told.push('rule')
  world.rules = [...world.rules, added]
}

export function deleteRule(world: World, resource: Rule, command: string): void {
  const found = world.rules.find(entry => isSame(entry, observed(resource)))
  if (!found) throw refuse(command, 'ENOENT')
  world.told.push('rule')
  world.rules = world.rules.filter(entry => entry !== found)
}

/** The rules that a namespace is born with. */
export function freshRules() {
  const lookup = (family: Rule['family'], priority: number, table: number) => observed({ family, priority, table, protocol: 2 })
  return [
    lookup('ipv4', 0, 255),
    lookup('ipv4', 32766, 254),
    lookup('ipv4', 32767, 253),
    lookup('ipv6', 0, 255),
    lookup('ipv6', 32766, 254)
  ]
}
