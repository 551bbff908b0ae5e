// When two tables are the same: what the library may print in several ways, and what packets change, is no difference; all else is.
import t from 'tap'
import { compileRuleset } from '../../src/egress/ruleset.ts'
import type { Ruleset } from '../../src/nftables/ruleset.ts'
import { ruleset } from '../../src/state/ruleset.ts'
import { sample, source4, source6 } from '../egress/sample.ts'

const config = sample({
  sources: [source4, source6],
  redirects: [80, 443].map(port => ({ protocol: 'tcp', port, destination: { address: '203.0.113.25', port } })),
  fallbacks: [{ family: 'ipv4', address: '203.0.113.26' }]
})
const whole = compileRuleset(config, 'eth0', [{ key: 'net/ipv4/ip_forward', value: '0' }])

/** The same table with every object changed by `change`, as JSON. */
const altered = (change: (text: string) => string): Ruleset => JSON.parse(change(JSON.stringify(whole)))
const reversed = <T>(list: readonly T[]) => list.toReversed()

t.test('no difference', async t => {
  const same = (other: Ruleset, name: string) => t.ok(ruleset.equal(whole, other), name)
  same(whole, 'itself')
  same({ ...whole, sets: reversed(whole.sets), maps: reversed(whole.maps), chains: reversed(whole.chains) }, 'the order of objects')
  same({ ...whole, maps: whole.maps.map(map => ({ ...map, elem: reversed([...(map.elem ?? [])]) })) }, 'the order of elements')
  same(
    altered(text => text.replaceAll('{"counter":null}', '{"counter":{"packets":7,"bytes":700}}')),
    'counters'
  )
  same(
    altered(text => text.replaceAll('"table":"egress_router"', '"table":"egress_router","handle":12')),
    'handles'
  )
  const counted = { elem: { val: { concat: ['ipv4', 6, 80] }, counter: { packets: 1, bytes: 60 } } }
  same({ ...whole, sets: whole.sets.map(set => (set.flags ? { ...set, elem: [counted] } : set)) }, 'what packets put into dynamic sets')
  same({ ...whole, maps: whole.maps.map(({ elem, ...map }) => (elem?.length ? { ...map, elem } : map)) }, 'no elements')
  const chains = new Map(whole.rules.map(rule => [rule.chain, whole.rules.filter(other => other.chain === rule.chain)]))
  same({ ...whole, rules: reversed([...chains.values()]).flat() }, 'rules of different chains in another order')
})

t.test('a difference', async t => {
  const differs = (other: Ruleset, name: string) => t.notOk(ruleset.equal(whole, other), name)
  for (const [n, rule] of whole.rules.entries()) {
    differs({ ...whole, rules: whole.rules.toSpliced(n, 1) }, `rule ${n} of ${rule.chain} is missing`)
    differs({ ...whole, rules: whole.rules.toSpliced(n, 0, rule) }, `rule ${n} of ${rule.chain} twice`)
    differs({ ...whole, rules: whole.rules.with(n, { ...rule, expr: rule.expr.slice(0, -1) }) }, `rule ${n} of ${rule.chain} lacks its end`)
    differs({ ...whole, rules: whole.rules.with(n, { ...rule, comment: 'another' }) }, `rule ${n} of ${rule.chain} has another comment`)
  }
  for (const kind of ['sets', 'maps', 'chains'] as const)
    for (const [n, { name }] of whole[kind].entries()) differs({ ...whole, [kind]: whole[kind].toSpliced(n, 1) }, `${name} is missing`)
  differs({ ...whole, rules: reversed(whole.rules) }, 'the order of the rules of a chain')
  differs(
    altered(text => text.replace('"policy":"drop"', '"policy":"accept"')),
    'a policy'
  )
  differs(
    altered(text => text.replace('"prio":-100', '"prio":-99')),
    'a priority'
  )
  differs(
    altered(text => text.replace('"hook":"input"', '"hook":"output"')),
    'a hook'
  )
  differs(
    altered(text => text.replaceAll('203.0.113.25', '203.0.113.24')),
    'where a redirect leads'
  )
  differs(
    altered(text => text.replace('192.168.12.99', '192.168.12.98')),
    'the source'
  )
  differs({ ...whole, chains: [...whole.chains, { family: 'inet', table: whole.table, name: 'more' }] }, 'a chain more')
  differs({ ...whole, maps: whole.maps.map(map => ({ ...map, elem: [...(map.elem ?? [])].slice(1) })) }, 'an element less')
})
