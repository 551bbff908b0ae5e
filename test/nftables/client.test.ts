// One libnftables context in a namespace: what is run is listed again; what is refused changes nothing.
import t from 'tap'
import { NftablesError } from '../../src/nftables/error.ts'
import { deleteCommands, type Ruleset, sameRuleset } from '../../src/nftables/ruleset.ts'
import type { Command } from '../../src/nftables/schema.ts'
import { replaceCommands } from '../../src/nftables/transition.ts'
import { sample, TABLE } from './sample.ts'
import { openNftables } from './scratch.ts'

t.test('a ruleset goes in and comes out the same', async t => {
  const { client, objects } = openNftables(t)
  t.equal(client.list(TABLE), undefined)
  client.run(replaceCommands(sample, undefined))
  const listed = client.list(TABLE) as Ruleset
  t.ok(sameRuleset(sample, listed))
  for (const kind of ['sets', 'maps', 'chains', 'rules'] as const) t.equal(listed[kind].length, sample[kind].length, kind)
  const hooked = (objects() as Array<{ chain?: { hook?: string } }>).flatMap(({ chain }) => (chain?.hook ? [chain.hook] : []))
  t.same(hooked.sort(), ['forward', 'input', 'output', 'postrouting', 'prerouting', 'prerouting'], 'every chain has its hook')
})

t.test('replaced by itself nothing changes; replaced by another, the other is there', async t => {
  const { client, objects } = openNftables(t)
  client.run(replaceCommands(sample, undefined))
  const before = objects()
  client.run(replaceCommands(sample, client.list(TABLE)))
  t.same(objects(), before)
  const [first, ...maps] = sample.maps
  const other: Ruleset = {
    ...sample,
    maps: [{ ...(first as (typeof sample.maps)[number]), elem: [[{ concat: [6, 443] }, '203.0.113.9']] }, ...maps],
    sets: sample.sets.filter(({ name }) => name !== 'networks'),
    chains: sample.chains.filter(({ name }) => name !== 'plain'),
    rules: sample.rules.filter(({ chain }) => chain !== 'plain' && chain !== 'input')
  }
  t.notOk(sameRuleset(sample, other))
  client.run(replaceCommands(other, client.list(TABLE)))
  t.ok(sameRuleset(other, client.list(TABLE) as Ruleset))
  client.run(deleteCommands(TABLE))
  t.equal(client.list(TABLE), undefined)
  t.same(objects(), [])
})

t.test('equality sees every difference that counts', async t => {
  const changed: Array<[string, Ruleset]> = [
    ['an element less', { ...sample, maps: sample.maps.map(map => ({ ...map, elem: [...(map.elem ?? [])].slice(1) })) }],
    ['a rule less', { ...sample, rules: sample.rules.slice(1) }],
    ['rules in another order', { ...sample, rules: sample.rules.toReversed() }],
    ['another policy', { ...sample, chains: sample.chains.map(chain => ({ ...chain, policy: 'accept' as const })) }],
    ['another priority', { ...sample, chains: sample.chains.map(chain => ({ ...chain, prio: 7 })) }]
  ]
  for (const [name, other] of changed) t.notOk(sameRuleset(sample, other), name)
  const shuffled = { ...sample, maps: sample.maps.map(map => ({ ...map, elem: [...(map.elem ?? [])].reverse() })).toReversed() }
  t.ok(sameRuleset(sample, shuffled), 'the order of elements and maps does not count')
})

const table = { family: 'inet', name: TABLE } as const
const bad: Command = { add: { rule: { family: 'inet', table: TABLE, chain: 'nowhere', expr: [{ accept: null }] } } }

t.test('a refused transaction changes nothing, and the client works on', async t => {
  const { client, objects } = openNftables(t)
  client.run(replaceCommands(sample, undefined))
  const before = objects()
  t.throws(() => client.run([{ add: { table } }, { flush: { table } }, bad]), NftablesError)
  t.same(objects(), before)
  t.throws(() => client.run([{ add: { table: { family: 'inet', name: 'fresh' } } }, bad]), NftablesError)
  t.same(objects(), before, 'no new table either')
  client.run([{ add: { table: { family: 'inet', name: 'fresh' } } }])
  t.equal(objects().length, before.length + 1)
})

t.test('a refused transaction with a dynamic set changes nothing', async t => {
  const { client, objects } = openNftables(t)
  const broken = {
    ...sample,
    rules: [...sample.rules, { family: 'inet', table: TABLE, chain: 'nowhere', expr: [{ accept: null }] } as const]
  }
  t.throws(() => client.run(replaceCommands(broken, undefined)), NftablesError)
  t.same(objects(), [])
})

t.test('the error says what was asked, in the words of nft(8), and what the library said', async t => {
  const { client } = openNftables(t)
  let error: unknown
  try {
    client.run([{ add: { table } }, bad])
  } catch (caught) {
    error = caught
  }
  t.ok(error instanceof NftablesError)
  t.match(error, {
    code: 'ENFTABLES',
    commands: `add table inet ${TABLE}\nadd rule inet ${TABLE} nowhere accept`,
    words: /No such file or directory/,
    message: /^nft add rule inet sample nowhere accept \(one of 2 commands of a transaction\): .*No such file or directory/
  })
  t.notMatch((error as NftablesError).message, /internal:0|\n/, 'no positions where there are none, and one line')
  t.throws(() => client.run(deleteCommands('absent')), { message: /^nft delete table inet absent: .*No such file/ })
  const misfit: Command = { add: { map: { family: 'inet', table: TABLE, name: 'm', type: ['no_such_type'], map: 'ipv4_addr' } } }
  t.throws(() => client.run([misfit]), { code: 'ENFTABLES' } as unknown as Error)
})

t.test('a closed client says so', async t => {
  const { client } = openNftables(t)
  client[Symbol.dispose]()
  client[Symbol.dispose]()
  t.throws(() => client.list(TABLE), { code: 'ENFTABLES', message: 'this nftables client is closed' })
})
