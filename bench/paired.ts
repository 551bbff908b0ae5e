// Paired measurement: A B A B …, so that a machine whose speed drifts bends both alike. Times are in milliseconds.

export interface Contender {
  readonly name: string
  /** What is measured. */
  run(): void | Promise<void>
}

export interface Row {
  readonly what: string
  readonly name: string
  readonly runs: number
  readonly p50: number
  readonly p99: number
  /** Median of this contender against that of the first. */
  readonly ratio: number
}

/** Runs the contenders in turn; `reset` puts the place back before each run and is not measured. */
export async function paired(
  what: string,
  runs: number,
  contenders: readonly Contender[],
  reset: () => void | Promise<void>
): Promise<Row[]> {
  const times = contenders.map(() => [] as number[])
  const warmUp = Math.min(3, runs)
  for (let n = -warmUp; n < runs; n++) {
    for (const [i, contender] of contenders.entries()) {
      await reset()
      const start = performance.now()
      await contender.run()
      if (n >= 0) times[i]?.push(performance.now() - start)
    }
  }
  const sorted = times.map(list => list.toSorted((a, b) => a - b))
  const at = (list: readonly number[], share: number) => list[Math.min(list.length - 1, Math.floor(list.length * share))] as number
  const first = at(sorted[0] as number[], 0.5)
  return contenders.map(({ name }, i) => {
    const list = sorted[i] as number[]
    return { what, name, runs, p50: at(list, 0.5), p99: at(list, 0.99), ratio: at(list, 0.5) / first }
  })
}

export function printRows(rows: readonly Row[]): void {
  console.log('| what | by | runs | p50 ms | p99 ms | ratio |\n| --- | --- | --- | --- | --- | --- |')
  for (const { what, name, runs, p50, p99, ratio } of rows) {
    console.log(`| ${what} | ${name} | ${runs} | ${p50.toFixed(2)} | ${p99.toFixed(2)} | ${ratio.toFixed(2)} |`)
  }
}
