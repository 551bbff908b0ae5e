// The text of our commands is what nft(8) reads, and it makes the same table as the JSON that libnftables is given.
import t from 'tap'
import { accept, ct, isMarked, meta, setMark } from '../../src/nftables/expressions.ts'
import { formatCommand } from '../../src/nftables/format.ts'
import { deleteCommands, sameRuleset } from '../../src/nftables/ruleset.ts'
import type { Command, Statement } from '../../src/nftables/schema.ts'
import { replaceCommands } from '../../src/nftables/transition.ts'
import { sample, TABLE } from './sample.ts'
import { openNftables } from './scratch.ts'

const text = (commands: readonly Command[]) => commands.map(command => `${formatCommand(command)}\n`).join('')

t.test('the whole table, by both ways', async t => {
  const typed = openNftables(t)
  const json = openNftables(t)
  const commands = replaceCommands(sample, undefined)
  typed.nft(text(commands))
  json.client.run(commands)
  t.same(typed.objects(), json.objects())
  const listed = typed.client.list(TABLE)
  t.ok(listed && sameRuleset(sample, listed))
})

t.test('a change of what is there, by both ways', async t => {
  const typed = openNftables(t)
  const json = openNftables(t)
  for (const { client } of [typed, json]) client.run(replaceCommands(sample, undefined))
  const other = { ...sample, maps: sample.maps.slice(1), rules: sample.rules.filter(({ chain }) => chain !== 'redirects') }
  const commands = replaceCommands(other, typed.client.list(TABLE))
  typed.nft(text(commands))
  json.client.run(commands)
  t.same(typed.objects(), json.objects())
  typed.nft(text(deleteCommands(TABLE)))
  t.same(typed.objects(), [])
})

t.test('every rule by itself', async t => {
  const { nft, client, listing } = openNftables(t)
  client.run(replaceCommands({ ...sample, rules: [] }, undefined))
  const bare = listing()
  for (const rule of sample.rules) {
    const command = formatCommand({ add: { rule } })
    nft(command)
    const rules = client.list(TABLE)?.rules ?? []
    t.ok(sameRuleset({ ...sample, rules }, { ...sample, rules: [rule] }), command)
    nft(`flush chain inet ${TABLE} ${rule.chain}`)
  }
  t.equal(listing(), bare)
})

t.test('single elements', async t => {
  const { nft, client } = openNftables(t)
  client.run(replaceCommands(sample, undefined))
  const element = { family: 'inet', table: TABLE, name: 'address4', elem: [[{ concat: [6, 443] }, '203.0.113.9']] } as const
  const elements = () => client.list(TABLE)?.maps.find(({ name }) => name === 'address4')?.elem?.length
  t.equal(formatCommand({ add: { element } }), 'add element inet sample address4 { 6 . 443 : 203.0.113.9 }')
  nft(formatCommand({ add: { element } }))
  t.equal(elements(), 3)
  nft(formatCommand({ delete: { element } }))
  t.equal(elements(), 2)
  nft(formatCommand({ flush: { map: { family: 'inet', table: TABLE, name: 'address4' } } }))
  t.equal(elements() ?? 0, 0)
})

t.test('marks with other masks, by both ways', async t => {
  // libnftables lists a mask of leading ones as a prefix, and a full mask as none
  const statements: Statement[][] = [
    [setMark(meta('mark'), 0x1, 0x1)],
    [setMark(meta('mark'), 0x80000000, 0xffffffff)],
    [setMark(ct('mark'), 0x30, 0xf0)],
    [isMarked(ct('mark'), 0, 0xff), accept],
    [isMarked(meta('mark'), 0x80000000, 0xf0000000), accept],
    [isMarked(meta('mark'), 0x80000000, 0x80000000), accept],
    [isMarked(meta('mark'), 0x7, 0xffffffff), accept]
  ]
  const typed = openNftables(t)
  const json = openNftables(t)
  for (const expr of statements) {
    const rule = { family: 'inet', table: TABLE, chain: 'plain', expr } as const
    const ruleset = { ...sample, rules: [rule] }
    const commands = replaceCommands(ruleset, json.client.list(TABLE))
    typed.nft(text(commands))
    json.client.run(commands)
    const command = formatCommand({ add: { rule } })
    t.same(typed.objects(), json.objects(), command)
    const listed = json.client.list(TABLE)
    t.ok(listed && sameRuleset(ruleset, listed), `listed as it was built: ${command}`)
  }
})
