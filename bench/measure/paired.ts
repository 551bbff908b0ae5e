// Paired measurement: A B A B …, so that a machine whose speed drifts bends all alike.

export interface Contender {
  readonly peer: string
  /** Whether it becomes faster with practice: it is compiled while it runs, and gets the whole warm-up. */
  readonly learns?: boolean
  /** One run, in nanoseconds. `run` counts from 0; warm-up runs are negative. */
  time(run: number): Promise<number>
  /**
   * Begins a turn, where a run is so short that what the others have driven out of the processor's caches would be most of it. Gives the
   * nanoseconds of its first run, the cold one.
   */
  begin?(run: number): Promise<number>
  /** Puts the place back before a run; not measured. */
  reset?(run: number): Promise<void>
}

export interface Pairing {
  readonly runs: number
  /** Rounds before the first that counts; those who do not learn take part in the last two. */
  readonly warmUp: number
  /** Told after every round. */
  readonly progress?: (done: number, of: number) => void
}

/** Nanoseconds in the order of the runs. */
export interface Times {
  readonly warm: number[]
  /** First runs of turns, of those who begin one. */
  readonly cold: number[]
}

/** Times of each contender. A contender that fails fails the whole: its figures would be worth nothing. */
export async function paired(contenders: readonly Contender[], { runs, warmUp, progress }: Pairing): Promise<Times[]> {
  const times = contenders.map((): Times => ({ warm: [], cold: [] }))
  for (let run = -warmUp; run < runs; run++) {
    for (const [i, { peer, learns, time, begin, reset }] of contenders.entries()) {
      if (run < -2 && !learns) continue
      try {
        const first = await begin?.(run)
        await reset?.(run)
        const spent = await time(run)
        if (run < 0) continue
        times[i]?.warm.push(spent)
        if (first !== undefined) times[i]?.cold.push(first)
      } catch (error) {
        throw new Error(`peer '${peer}': ${(error as Error).message}`, { cause: error })
      }
    }
    progress?.(run + 1, runs)
  }
  return times
}

/** Runs that begin a turn, for jobs of less than a millisecond. */
export const LEAD_IN = 8

/** A warm-up for a compiler that compiles what it sees often; short where a person wants few runs, or where a run is long. */
export const warmUpFor = (size: number, runs: number): number => (runs <= 5 ? 3 : size <= 100 ? 50 : size <= 1000 ? 20 : 4)
