import type { Figure } from './paired.ts'
import { median, pairedRatio, type Summary, summarize } from './summary.ts'

/** One figure: who, with how many redirects, doing what (where a question has several operations), and how long. */
export interface Row extends Summary {
  readonly peer: string
  readonly n: number
  readonly operation?: string
  /** Against the peer `ours` in the same run, median of the pairs; below 1 is faster than ours. */
  readonly ratio: number
  /** Median of the first runs of turns, right after the others' turns. */
  readonly cold_p50_us?: number
  readonly [more: string]: unknown
}

export type Question = 'install' | 'change' | 'link' | 'start' | 'path' | 'codec'
export const questions: readonly Question[] = ['install', 'change', 'link', 'start', 'path', 'codec']

interface Who {
  readonly peer: string
  readonly n: number
  readonly operation?: string
}

/** Rows of contenders that ran in turn; `reference` is the times of the peer `ours`. Nanoseconds. */
export const rowOf = (who: Who, times: readonly number[], reference: readonly number[]): Row => ({
  ...who,
  ...summarize(times),
  ...pairedRatio(times, reference)
})

/** The same of figures, with the cold ones beside. */
export function rowOfFigures(who: Who, figures: readonly Figure[], reference: readonly Figure[]): Row {
  const warm = (list: readonly Figure[]) => list.map(figure => figure.warm)
  const cold = figures.flatMap(figure => figure.cold ?? [])
  const first = cold.length === 0 ? {} : { cold_p50_us: Math.round(median(cold) / 10) / 100 }
  return { ...rowOf(who, warm(figures), warm(reference)), ...first }
}
