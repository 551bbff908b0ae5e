// Two result files, before and after. A figure is worse only when it is slower by more than the noise of both.
import type { Row } from '../measure/row.ts'
import { median } from '../measure/summary.ts'
import { type Results, rowsOf } from './results.ts'

export interface Comparison {
  readonly what: string
  readonly before_us: number
  readonly after_us: number
  /** After against before, with the machine's drift taken out. */
  readonly change: number
  /** How far from 1 `change` must be to mean something. */
  readonly noise: number
  readonly verdict: 'slower' | 'faster' | 'same'
  /** Whether it is a figure of this project; those of others tell how the machine drifted. */
  readonly own: boolean
}

/** Smaller differences are noise in any case. */
const LEAST = 0.1
/** Standard errors of the difference of two medians that chance does not bridge. */
const ERRORS = 4
/** A machine may be slower today than it was; beyond this nobody believes it, and the rest counts as a change. */
const MOST_DRIFT = 1.5

type Pair = { question: string; what: string; before: Row; after: Row; own: boolean }

export function compareResults(
  before: Results,
  after: Results
): { comparisons: Comparison[]; drift: Record<string, number>; alone: string[] } {
  const alone: string[] = []
  const pairs = pairUp(before, after, alone)
  const drift: Record<string, number> = {}
  for (const question of new Set(pairs.map(pair => pair.question))) {
    const others = pairs.filter(pair => pair.question === question && !pair.own && pair.before.p50_us > 0)
    const change = others.length < 2 ? 1 : median(others.map(pair => pair.after.p50_us / pair.before.p50_us))
    drift[question] = Math.min(MOST_DRIFT, Math.max(1 / MOST_DRIFT, change))
  }
  const comparisons = pairs.map(({ question, what, before: a, after: b, own }): Comparison => {
    const change = a.p50_us === 0 ? (b.p50_us === 0 ? 1 : Number.POSITIVE_INFINITY) : b.p50_us / a.p50_us / (drift[question] as number)
    const noise = Math.max(LEAST, ERRORS * Math.hypot(relativeError(a), relativeError(b)))
    const verdict = change > 1 + noise ? 'slower' : change < 1 / (1 + noise) ? 'faster' : 'same'
    return { what, before_us: a.p50_us, after_us: b.p50_us, change, noise, verdict, own }
  })
  return { comparisons, drift, alone }
}

function pairUp(before: Results, after: Results, alone: string[]): Pair[] {
  const named = (results: Results) =>
    new Map(
      Object.entries(rowsOf(results)).flatMap(([question, rows]) => rows.map(row => [nameOf(question, row), { question, row }] as const))
    )
  const old = named(before)
  const fresh = named(after)
  for (const what of fresh.keys()) if (!old.has(what)) alone.push(`${what}: only in the second file`)
  return [...old].flatMap(([what, { question, row }]) => {
    const other = fresh.get(what)
    if (!other) alone.push(`${what}: only in the first file`)
    return other ? [{ question, what, before: row, after: other.row, own: row.peer.split('-')[0] === 'ours' }] : []
  })
}

const nameOf = (question: string, { peer, n, operation }: Row) =>
  [question, peer, n === undefined ? '' : `N=${n}`, operation ?? ''].filter(Boolean).join(' ')

/** Standard error of the median against the median; from the spread to p99 (of a normal curve) where a file does not say it. */
function relativeError({ p50_us, p99_us, error_us, runs }: Row): number {
  if (p50_us === 0) return 0
  const error = error_us ?? (1.2533 * Math.max(0, (p99_us ?? p50_us) - p50_us)) / 2.326 / Math.sqrt(Math.max(1, runs ?? 1))
  return error / p50_us
}

export function printComparison({ comparisons, drift, alone }: ReturnType<typeof compareResults>): string {
  const percent = (ratio: number) => `${ratio >= 1 ? '+' : '−'}${Math.abs((ratio - 1) * 100).toFixed(1)} %`
  const lines = comparisons.map(
    ({ what, before_us, after_us, change, noise, verdict, own }) =>
      `| ${what} | ${before_us} | ${after_us} | ${percent(change)} | ±${(noise * 100).toFixed(1)} % | ${verdict}${verdict === 'slower' && !own ? ' (not ours)' : ''} |`
  )
  const drifts = Object.entries(drift).filter(([, value]) => value !== 1)
  return [
    '| what | before µs | after µs | change | noise | verdict |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines,
    ...(drifts.length > 0
      ? ['', `Drift of the machine, taken out: ${drifts.map(([name, value]) => `${name} ${percent(value)}`).join(', ')}.`]
      : []),
    ...alone,
    ''
  ].join('\n')
}
