// Paired measurement: A B A B …, so that a machine whose speed drifts bends all alike.

export interface Contender {
  readonly peer: string
  /** One run, in nanoseconds. `run` counts from 0; warm-up runs are negative. */
  time(run: number): Promise<number>
  /** Puts the place back before a run; not measured. */
  reset?(run: number): Promise<void>
}

export interface Pairing {
  readonly runs: number
  readonly warmUp: number
  /** Told after every round. */
  readonly progress?: (done: number, of: number) => void
}

/** Times of each contender, in the order of the runs. A contender that fails fails the whole: its figures would be worth nothing. */
export async function paired(contenders: readonly Contender[], { runs, warmUp, progress }: Pairing): Promise<number[][]> {
  const times = contenders.map(() => [] as number[])
  for (let run = -warmUp; run < runs; run++) {
    for (const [i, { peer, time, reset }] of contenders.entries()) {
      try {
        await reset?.(run)
        const spent = await time(run)
        if (run >= 0) times[i]?.push(spent)
      } catch (error) {
        throw new Error(`peer '${peer}': ${(error as Error).message}`, { cause: error })
      }
    }
    progress?.(run + 1, runs)
  }
  return times
}
