/** What a series of times says. Times are in microseconds. */
export interface Summary {
  readonly runs: number
  readonly p50_us: number
  readonly p99_us: number
  readonly min_us: number
  readonly mean_us: number
  /** Spread: the distance between the quartiles. */
  readonly iqr_us: number
  /** Standard error of the median, from the order statistics around it. */
  readonly error_us: number
}

/** The value below which `share` of the sorted list lies, between its neighbours where it falls between two. */
function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share
  const low = sorted[Math.floor(place)] as number
  const high = sorted[Math.ceil(place)] as number
  return low + (high - low) * (place - Math.floor(place))
}

export const median = (list: readonly number[]): number =>
  quantile(
    list.toSorted((a, b) => a - b),
    0.5
  )

export function summarize(nanoseconds: readonly number[]): Summary {
  const sorted = nanoseconds.map(value => value / 1000).sort((a, b) => a - b)
  const round = (value: number) => Math.round(value * 100) / 100
  return {
    runs: sorted.length,
    p50_us: round(quantile(sorted, 0.5)),
    p99_us: round(quantile(sorted, 0.99)),
    min_us: round(sorted[0] as number),
    mean_us: round(sorted.reduce((sum, value) => sum + value, 0) / sorted.length),
    iqr_us: round(quantile(sorted, 0.75) - quantile(sorted, 0.25)),
    error_us: round(medianError(sorted))
  }
}

/** Half of the interval that holds the median with 68 %: the order statistics half a standard deviation of a binomial to each side. */
function medianError(sorted: readonly number[]): number {
  const reach = 1 / (2 * Math.sqrt(sorted.length))
  return (quantile(sorted, Math.min(1, 0.5 + reach)) - quantile(sorted, Math.max(0, 0.5 - reach))) / 2
}

/** Median of the ratios run by run, and the quartiles: both runs of a pair had the same machine. */
export function pairedRatio(times: readonly number[], reference: readonly number[]) {
  const ratios = times.map((value, i) => value / (reference[i] as number)).sort((a, b) => a - b)
  const round = (value: number) => Number(value.toPrecision(4))
  return { ratio: round(quantile(ratios, 0.5)), ratio_q1: round(quantile(ratios, 0.25)), ratio_q3: round(quantile(ratios, 0.75)) }
}
