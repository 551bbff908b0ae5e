import { type Question, questions, type Row } from '../measure/row.ts'
import type { Rows } from './results.ts'

/** What a Markdown table calls the fields that only some questions have. */
const extras: Readonly<Record<string, string>> = {
  cold_p50_us: 'first of a turn, µs',
  connections_per_second: 'connections/s',
  connections_ratio: 'ours is faster by',
  rate_to_smallest: 'rate against the fewest',
  rate_to_smallest_q1: 'from',
  rate_to_smallest_q3: 'to',
  throughput_mb_per_second: 'MB/s',
  cpu_us: 'CPU µs/connection',
  resident_kb: 'resident kB',
  private_dirty_kb: 'private dirty kB',
  wakeups_per_10s: 'wake-ups in 10 s',
  operations_per_second: 'operations/s',
  heap_bytes: 'heap bytes/operation',
  worst_us: 'worst, µs',
  own_p50_us: 'own, µs',
  own_worst_us: 'worst own, µs',
  idle_p50_us: 'idle, µs',
  idle_worst_us: 'worst idle, µs'
}

export const titles: Readonly<Record<Question, string>> = {
  install: 'Replace all redirects',
  change: 'Change one redirect of N',
  link: 'Link set-up',
  start: 'From exec to ready, and at rest',
  path: 'The data path',
  codec: 'Codec, plan and event loop alone'
}

export function markdownTable(rows: readonly Row[]): string {
  const more = Object.keys(extras).filter(field => rows.some(row => field in row))
  const operations = rows.some(row => row.operation !== undefined)
  const head = [
    'N',
    ...(operations ? ['operation'] : []),
    'peer',
    'runs',
    'p50',
    'p99',
    'spread',
    'against ours',
    ...more.map(field => extras[field] as string)
  ]
  const body = rows.map(row => [
    row.n || '',
    ...(operations ? [row.operation ?? ''] : []),
    row.peer,
    row.runs,
    time(row.p50_us),
    time(row.p99_us),
    time(row.iqr_us),
    row.peer === 'ours' && row.ratio === 1 ? '1' : ratio(row.ratio),
    ...more.map(field => String(row[field] ?? ''))
  ])
  return [head, head.map(() => '---'), ...body].map(cells => `| ${cells.join(' | ')} |\n`).join('')
}

export const markdownTables = (results: Rows): string =>
  questions.flatMap(name => (results[name] ? [`## ${titles[name]}\n\n${markdownTable(results[name])}`] : [])).join('\n')

export const time = (us: number) =>
  us >= 10_000
    ? `${(us / 1000).toFixed(1)} ms`
    : us >= 1000
      ? `${(us / 1000).toFixed(2)} ms`
      : `${us >= 100 ? us.toFixed(0) : us.toPrecision(3)} µs`
const ratio = (value: number | undefined) => (value === undefined ? '' : `${value.toPrecision(value < 1 ? 2 : 3)}×`)
