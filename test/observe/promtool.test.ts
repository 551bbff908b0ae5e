// Prometheus' own linter and parser (Debian's package prometheus, too large to be installed for this alone).
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { type Metric, type MetricName, metricTable } from '../../src/observe/metric-table.ts'
import { createMetrics } from '../../src/observe/metrics.ts'
import { root } from '../kit/process.ts'

const promtool = spawnSync('promtool', ['--version']).status === 0
const skip = promtool ? false : 'promtool is not here, so that no metric was checked by it: apt-get install prometheus'

t.test('every metric, as the linter of Prometheus sees it', { skip }, async t => {
  const metrics = createMetrics()
  for (const [name, { type, labels }] of Object.entries<Metric>(metricTable)) {
    const values = Object.fromEntries(labels.map(label => [label, 'a "b" \\ c\n']))
    if (type === 'histogram') metrics.observe(name as MetricName, values, 0.1)
    else metrics.set(name as MetricName, values, 1)
  }
  const text = await metrics.read()
  for (const name of Object.keys(metricTable)) t.ok(text.includes(`\n${name}`), name)
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
  t.same({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' })
})

t.test('every question of the dashboard is one that Prometheus understands', { skip }, async t => {
  const questions = [...readFileSync(join(root, 'deploy/monitoring/dashboard.json'), 'utf8').matchAll(/"expr": ("(?:[^"\\]|\\.)*")/g)]
  t.ok(questions.length > 5, `${questions.length} questions`)
  const rules = questions.map(([, text], index) => ({ record: `dashboard:question:${index}`, expr: JSON.parse(text as string) }))
  const folder = mkdtempSync(join(tmpdir(), 'egress-promtool-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const check = (name: string, list: readonly object[]) => {
    const file = join(folder, name)
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules: list }] }))
    return spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' })
  }
  t.match(check('all.json', rules), { status: 0, stdout: new RegExp(`SUCCESS: ${rules.length} rules`) })
  t.not(check('wrong.json', [{ record: 'wrong', expr: 'sum by (' }]).status, 0, 'and what it does not is refused')
})
