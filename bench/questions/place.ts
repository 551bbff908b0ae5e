import type { Row } from '../measure/row.ts'
import type { Need } from '../obtain/needs.ts'

/** What a question is asked with. */
export interface Asking {
  readonly peers: readonly string[]
  readonly sizes: readonly number[]
  /** How often; by size when absent. */
  readonly runs?: number | undefined
  readonly missing: ReadonlyMap<Need, string>
  /** What happens now, for a person who watches. */
  readonly progress: (text: string) => void
  /** What a person must know in any case. */
  readonly say: (text: string) => void
  /** A peer cannot take part, and why. */
  readonly lose: (peer: string, reason: string) => void
  /** File of another ruleset, for `install`. */
  readonly ruleset?: string | undefined
}

export type Ask = (asking: Asking) => Promise<Row[]>
