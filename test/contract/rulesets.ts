// Small tables of ours, whole and broken.
import type { Ruleset } from '../../src/nftables/ruleset.ts'
import type { Chain, Expression, NftMap, NftSet, Rule, Statement } from '../../src/nftables/schema.ts'

const table = 'egress_router'
const named = (name: string) => ({ family: 'inet', table, name }) as const

const pair = ['inet_proto', 'inet_service']
export const web: Expression = { concat: [6, 80] }
const dialled: Expression = { concat: [{ meta: { key: 'l4proto' } }, { payload: { protocol: 'th', field: 'dport' } }] }
export const ports: NftSet = { ...named('ports'), type: pair, elem: [web, { concat: [17, 53] }] }
export const seen: NftSet = { ...named('seen'), type: pair, flags: ['dynamic'], size: 1024 }
export const targets: NftMap = { ...named('targets'), type: pair, map: 'ipv4_addr', elem: [[web, '203.0.113.25']] }
export const chain = (name: string, rest: Partial<Chain> = {}): Chain => ({
  ...named(name),
  type: 'filter',
  hook: 'forward',
  prio: 0,
  policy: 'accept',
  ...rest
})
export const rule = (chain: string, ...expr: Statement[]): Rule => ({ family: 'inet', table, chain, expr })
export const inSet = (name: string): Statement => ({
  match: { op: '==', left: dialled, right: `@${name}` }
})
export const drop: Statement = { drop: null }
export const byMap = (name: string): Statement => ({
  dnat: { family: 'ip', addr: { map: { key: dialled, data: `@${name}` } } }
})

export const whole: Ruleset = {
  table,
  sets: [ports],
  maps: [targets],
  chains: [chain('forward'), chain('redirects', { type: 'nat', hook: 'prerouting', prio: -100 })],
  rules: [rule('forward', inSet('ports'), drop), rule('redirects', byMap('targets'))]
}

/** Each is refused, for the reason that its name says. */
export const broken: Readonly<Record<string, Ruleset>> = {
  'a rule in a missing chain': { ...whole, rules: [...whole.rules, rule('nowhere', drop)] },
  'a rule with a missing set': { ...whole, rules: [...whole.rules, rule('forward', inSet('nothing'), drop)] },
  'a rule with a missing map': { ...whole, rules: [...whole.rules, rule('redirects', byMap('nothing'))] },
  'a map with two answers to one key': { ...whole, maps: [{ ...targets, elem: [...(targets.elem ?? []), [web, '203.0.113.26']] }] }
}
/** Its dynamic set is made by a transaction of its own. */
export const brokenWithDynamicSet: Ruleset = { ...whole, sets: [ports, seen], rules: [rule('nowhere', drop)] }
