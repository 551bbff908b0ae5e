// A ruleset is all or nothing, in both kernels.
import t from 'tap'
import { type Ruleset, sameRuleset } from '../../src/nftables/ruleset.ts'
import { FakeStage, JsonStage, LinuxStage, type Stage } from '../kernel/stage.ts'
import { answerTo } from './play.ts'
import { broken, brokenWithDynamicSet, chain, drop, ports, rule, seen, targets, web, whole } from './rulesets.ts'

const current = (stage: Stage) => stage.kernel.observe({ sysctls: [] }).ruleset
function set(stage: Stage, resource: Ruleset): string {
  const before = current(stage)
  return answerTo(stage, { kind: 'ruleset', verb: before ? 'change' : 'add', resource, before })
}
const isNow = (stage: Stage, wanted: Ruleset) => {
  const now = current(stage)
  return now !== undefined && sameRuleset(now, wanted)
}

for (const Kind of [FakeStage, LinuxStage, JsonStage]) {
  t.test(Kind.name, async t => {
    for (const [name, bad] of Object.entries(broken)) {
      t.test(name, async t => {
        using stage = new Kind()
        t.equal(set(stage, bad), 'ENFTABLES', 'refused')
        t.equal(current(stage), undefined, 'nothing is left of it')
        t.equal(set(stage, whole), 'done')
        t.equal(set(stage, bad), 'ENFTABLES', 'refused')
        t.ok(isNow(stage, whole), 'what was there stays whole')
      })
    }

    t.test('what cannot be changed in place is made anew', async t => {
      using stage = new Kind()
      const others: Record<string, Ruleset> = {
        'the same again': whole,
        'an element less': { ...whole, sets: [{ ...ports, elem: [web] }] },
        'no element': { ...whole, sets: [{ ...ports, elem: [] }], maps: [{ ...targets, elem: [] }] },
        'another answer': { ...whole, maps: [{ ...targets, elem: [[web, '203.0.113.26']] }] },
        'a dynamic set': { ...whole, sets: [ports, seen] },
        'no map': { ...whole, maps: [], rules: [] },
        'a map of another type': { ...whole, maps: [{ ...targets, map: 'ipv6_addr', elem: [[web, '2001:db8::1']] }], rules: [] },
        'another policy': { ...whole, chains: [chain('forward', { policy: 'drop' }), ...whole.chains.slice(1)] },
        'another priority': { ...whole, chains: [chain('forward', { prio: 5 }), ...whole.chains.slice(1)] },
        'a chain more': {
          ...whole,
          chains: [...whole.chains, chain('input', { hook: 'input' })],
          rules: [...whole.rules, rule('input', drop)]
        },
        'a chain without a hook': { ...whole, chains: [...whole.chains, { family: 'inet', table: whole.table, name: 'memory' }] },
        'another order of rules': { ...whole, rules: [rule('forward', drop), ...whole.rules] }
      }
      for (const [name, wanted] of Object.entries(others)) {
        t.equal(set(stage, wanted), 'done', name)
        t.ok(isNow(stage, wanted), `${name}: is there`, { current: current(stage) })
        set(stage, whole)
        t.ok(isNow(stage, whole), `${name}: and back`)
      }
    })

    t.test('deleting', async t => {
      using stage = new Kind()
      const remove = () => answerTo(stage, { kind: 'ruleset', verb: 'delete', resource: whole, before: whole })
      t.equal(remove(), 'done', 'a table that is not there is gone')
      set(stage, whole)
      t.equal(remove(), 'done')
      t.equal(current(stage), undefined, 'gone')
    })

    t.test('a broken table with a dynamic set', async t => {
      using stage = new Kind()
      t.equal(set(stage, brokenWithDynamicSet), 'ENFTABLES', 'refused')
      t.equal(current(stage), undefined, 'nothing is left of it')
    })
  })
}

const other: Ruleset = { ...whole, sets: [{ ...ports, elem: [{ concat: [6, 443] }] }], maps: [{ ...targets, elem: [] }] }
const less: Ruleset = { ...whole, sets: [{ ...ports, elem: [web] }] }
/** What was done to the namespace behind our back, and what we think is there. */
const surprises: Readonly<Record<string, readonly [actual: Ruleset | undefined, thought: Ruleset | undefined]>> = {
  'another table': [whole, other],
  'no table': [undefined, whole],
  'a table where there should be none': [whole, undefined]
}

t.test('what is there is not what it was thought to be', async t => {
  for (const Kind of [LinuxStage, JsonStage]) {
    for (const [name, [actual, thought]] of Object.entries(surprises)) {
      // the library is not asked whether a table is there before it is added
      if (Kind === JsonStage && thought === undefined) continue
      using stage = new Kind()
      if (actual) set(stage, actual)
      t.equal(answerTo(stage, { kind: 'ruleset', verb: 'change', resource: less, before: thought }), 'done', `${Kind.name}: ${name}`)
      t.ok(isNow(stage, less), `${Kind.name}: ${name}: it converges all the same`)
      const bad = broken['a rule with a missing map'] as Ruleset
      t.equal(answerTo(stage, { kind: 'ruleset', verb: 'change', resource: bad, before: thought }), 'ENFTABLES', `${name}: refused`)
      t.ok(isNow(stage, less), `${Kind.name}: ${name}: what is there stays`)
    }
  }
})
