// What a plan says, word for word. `UPDATE=1 node test/scenarios/plans.test.ts` writes the files anew; read the difference before it is committed.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { parseConfig } from '../../src/config/load.ts'
import { apply } from '../../src/reconcile/apply.ts'
import { printOperation } from '../../src/state/operation.ts'
import { answerTo } from '../contract/play.ts'
import type { Step } from '../contract/steps.ts'
import { FakeStage } from '../kernel/stage.ts'
import { planAway, planFor } from '../reconcile/run.ts'
import { type Scenario, scenarios } from './cases.ts'

const folder = new URL('plans/', import.meta.url)
const fileOf = (name: string) => `${name.replaceAll(/[^\p{L}\d]+/gu, '-')}.txt`

function inWords(step: Step): string {
  if (step.kind === 'plug') return `# link ${step.resource.name}, ${step.resource.up ? 'up' : 'down'}, mtu ${step.resource.mtu ?? 1500}`
  if (step.kind === 'unplug') return `# no link ${step.resource}`
  return printOperation(step)
}

const variables = (env: Readonly<Record<string, string>>) =>
  Object.entries(env).flatMap(([name, value]) => value.split('\n').map((line, n) => (n === 0 ? `${name}=${line}` : `  ${line}`)))

function tell({ env, before, earlier }: Scenario): string {
  using stage = new FakeStage()
  const { kernel } = stage
  for (const step of before) if (answerTo(stage, step) !== 'done') throw new Error(inWords(step))
  if (earlier) apply(planFor(kernel, parseConfig({ env: earlier }).config), kernel)
  const { config } = parseConfig({ env })
  const planned = planFor(kernel, config)
  apply(planned, kernel)
  const away = planAway(kernel, config)
  const part = (title: string, lines: readonly string[]) => [`== ${title}`, ...(lines.length > 0 ? lines : ['(nothing)']), '']
  return [
    ...part('environment', variables(env)),
    ...part('the namespace before', before.map(inWords)),
    ...(earlier ? part('and in it a router with', variables(earlier)) : []),
    ...part('the plan', planned.map(printOperation)),
    ...part('the plan to take it down', away.map(printOperation))
  ].join('\n')
}

mkdirSync(folder, { recursive: true })
for (const [name, scenario] of Object.entries(scenarios)) {
  const file = new URL(fileOf(name), folder)
  const told = tell(scenario)
  if (process.env.UPDATE) writeFileSync(file, told)
  t.equal(told, readFileSync(file, 'utf8'), name)
}
t.same(readdirSync(folder).sort(), Object.keys(scenarios).map(fileOf).sort(), 'no file without a scenario')
