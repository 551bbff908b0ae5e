// Some elements of a table that is up: added, changed, deleted in one transaction, in both kernels and by both ways.
import t from 'tap'
import type { ElementSelection } from '../../src/nftables/element-change.ts'
import { type Ruleset, sameRuleset } from '../../src/nftables/ruleset.ts'
import type { Expression } from '../../src/nftables/schema.ts'
import { apply, undo } from '../../src/reconcile/apply.ts'
import type { Operation } from '../../src/state/operation.ts'
import { FakeStage, JsonStage, LinuxStage, type Stage } from '../kernel/stage.ts'
import { answerTo } from './play.ts'
import { ports, targets, web, whole } from './rulesets.ts'

const other: Expression = { concat: [6, 443] }
const dns: Expression = { concat: [17, 53] }
const select = (elem: ReadonlyArray<readonly [Expression, string]>, also: readonly Expression[] = []): ElementSelection => ({
  table: whole.table,
  sets: also.length > 0 ? [{ ...ports, elem: also }] : [],
  maps: [{ ...targets, elem }]
})
const add = (resource: ElementSelection): Operation => ({ kind: 'elements', verb: 'add', resource })
const remove = (resource: ElementSelection): Operation => ({ kind: 'elements', verb: 'delete', resource, before: resource })
const change = (before: ElementSelection, resource: ElementSelection): Operation => ({ kind: 'elements', verb: 'change', resource, before })
/** The table with other elements. */
const table = (elem: ReadonlyArray<readonly [Expression, string]>, also: readonly Expression[] = [web, dns]): Ruleset => ({
  ...whole,
  sets: [{ ...ports, elem: also }],
  maps: [{ ...targets, elem }]
})

/** Operations on the table that is whole, what is answered, and the table that is there afterwards. */
const cases: Readonly<Record<string, readonly [Operation, string, Ruleset]>> = {
  'one comes': [
    add(select([[other, '203.0.113.26']])),
    'done',
    table([
      [web, '203.0.113.25'],
      [other, '203.0.113.26']
    ])
  ],
  'one that is there comes': [add(select([[web, '203.0.113.25']])), 'done', whole],
  'one comes whose key leads elsewhere': [
    add(
      select([
        [other, '203.0.113.26'],
        [web, '203.0.113.99']
      ])
    ),
    'ENFTABLES',
    whole
  ],
  'one goes': [remove(select([[web, '203.0.113.25']])), 'done', table([])],
  'one that is not there goes': [remove(select([[other, '203.0.113.26']])), 'done', whole],
  'of two that go one is there': [
    remove(
      select([
        [other, '203.0.113.26'],
        [web, '203.0.113.25']
      ])
    ),
    'done',
    table([])
  ],
  'one leads elsewhere': [change(select([[web, '203.0.113.25']]), select([[web, '203.0.113.26']])), 'done', table([[web, '203.0.113.26']])],
  'one leads elsewhere already': [
    change(select([[web, '203.0.113.77']]), select([[web, '203.0.113.26']])),
    'done',
    table([[web, '203.0.113.26']])
  ],
  'one takes the place of another': [
    change(select([[web, '203.0.113.25']]), select([[other, '203.0.113.25']])),
    'done',
    table([[other, '203.0.113.25']])
  ],
  'one that is not there is changed': [
    change(select([[other, '203.0.113.9']]), select([[other, '203.0.113.26']])),
    'done',
    table([
      [web, '203.0.113.25'],
      [other, '203.0.113.26']
    ])
  ],
  'in a map and in a set': [
    change(select([[web, '203.0.113.25']], [dns]), select([[other, '203.0.113.26']], [other])),
    'done',
    table([[other, '203.0.113.26']], [web, other])
  ],
  'in a map that is not there': [add({ table: whole.table, sets: [], maps: [{ ...targets, name: 'nothing' }] }), 'ENFTABLES', whole],
  nothing: [add({ table: whole.table, sets: [], maps: [] }), 'done', whole]
}

const current = (stage: Stage) => stage.kernel.observe({ sysctls: [] }).ruleset
const isNow = (stage: Stage, wanted: Ruleset) => {
  const now = current(stage)
  return now !== undefined && sameRuleset(now, wanted)
}

for (const Kind of [FakeStage, LinuxStage, JsonStage]) {
  t.test(Kind.name, async t => {
    using stage = new Kind()
    const { kernel } = stage
    kernel.apply({ kind: 'ruleset', verb: 'add', resource: whole })
    for (const [name, [operation, answer, wanted]] of Object.entries(cases)) {
      t.equal(answerTo(stage, operation), answer, name)
      t.ok(isNow(stage, wanted), `${name}: what is there`, { current: current(stage) })
      kernel.apply({ kind: 'ruleset', verb: 'change', resource: whole, before: wanted })
      await kernel.applyInSlices(operation).catch(() => {})
      t.ok(isNow(stage, wanted), `${name}: the same in slices`)
      kernel.apply({ kind: 'ruleset', verb: 'change', resource: whole, before: wanted })
    }

    const [from, to] = [select([[web, '203.0.113.25']]), select([[web, '203.0.113.26']])]
    undo(apply([change(from, to), add(select([[other, '203.0.113.26']])), remove(to)], kernel).done, kernel)
    t.ok(isNow(stage, whole), 'taken back')
    const refused = add(select([[web, '203.0.113.99']]))
    t.throws(() => apply([add(select([[other, '203.0.113.26']])), refused], kernel), { code: 'ENFTABLES' } as unknown as Error)
    t.ok(isNow(stage, whole), 'taken back after a refusal')

    kernel.apply({ kind: 'ruleset', verb: 'delete', resource: whole })
    t.equal(answerTo(stage, remove(from)), 'done', 'of a table that is not there everything is gone')
    t.equal(answerTo(stage, add(from)), 'ENFTABLES', 'and nothing can come')
  })
}
