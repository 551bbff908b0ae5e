// Paired measurement: A B A B …, so that a machine whose speed drifts bends all alike.

/** Who takes part; a run says nanoseconds, or what else there is to say. */
export interface Contender<T> {
  readonly peer: string
  /** Whether it becomes faster with practice: it is compiled while it runs, and gets the whole warm-up. */
  readonly learns?: boolean
  /** One run. `run` counts from 0; warm-up runs are negative. */
  time(run: number): Promise<T>
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

/**
 * What a job took that is shorter than what it costs to wake a program up: done several times in a row, so that the first of them, the cold
 * one, is not what is measured.
 */
export interface Figure {
  /** Nanoseconds: the median of a turn. */
  readonly warm: number
  /** Nanoseconds of the first of a turn, right after the others' turns. */
  readonly cold?: number | undefined
}

/** What the runs of each contender say, in their order. A contender that fails fails the whole: its figures would be worth nothing. */
export async function paired<T>(contenders: readonly Contender<T>[], { runs, warmUp, progress }: Pairing): Promise<T[][]> {
  const times = contenders.map((): T[] => [])
  for (let run = -warmUp; run < runs; run++) {
    for (const [i, { peer, learns, time, reset }] of contenders.entries()) {
      if (run < -2 && !learns) continue
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

/** A warm-up for a compiler that compiles what it sees often; short where a person wants few runs, or where a run is long. */
export const warmUpFor = (size: number, runs: number): number => (runs <= 5 ? 3 : size <= 100 ? 50 : size <= 1000 ? 20 : 4)
