// What is generated from the table of metrics is what lies in the repository, and it speaks of metrics that there are.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { generated } from '../../docs/metrics/generate.ts'
import { metricTable } from '../../src/observe/metric-table.ts'
import { root } from '../kit/process.ts'

t.test('documentation, PodMonitor and dashboard', async t => {
  for (const [path, text] of Object.entries(generated())) {
    t.equal(readFileSync(join(root, path), 'utf8'), text, `${path}: node docs/metrics/generate.ts makes it`)
  }
})

t.test('every query names a metric of the table, by labels that it has', async t => {
  for (const metric of Object.values(metricTable)) {
    if (!('panel' in metric)) continue
    const { query } = metric.panel
    const [name = ''] = /(egress_router|process)_\w+/.exec(query) ?? []
    const found = metricTable[name.replace(/_bucket$/, '') as keyof typeof metricTable]
    t.ok(found, query)
    const by = /by \(([^)]*)\)/.exec(query)?.[1]?.split(', ') ?? []
    const scraped = ['instance', 'job', 'le']
    for (const label of by) t.ok(([...found.labels] as string[]).includes(label) || scraped.includes(label), `${label} in ${query}`)
  }
})
