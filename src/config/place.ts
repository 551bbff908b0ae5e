import type { ConfigIssue } from '../errors.ts'
import type { Refusal } from './refusal.ts'

/** Where a text of the user stands. */
export interface Place {
  /** `EGRESS_GATEWAY`, `--gateway` or the file as it was named. */
  readonly source: string
  readonly line?: number | undefined
  /** Path in the file: `gateway[1]`. */
  readonly path?: string | undefined
}

/** A text of the user and where it stands. */
export interface Text extends Place {
  readonly text: string
}

/** A value that was read, and where it stands. */
export interface Found<T> extends Place {
  readonly value: T
}

/** The problem at a place. */
export function issueAt(place: Place, message: string, hint?: string): ConfigIssue {
  const { source, line, path } = place
  return {
    source,
    ...(line !== undefined && { line }),
    ...(path !== undefined && { path }),
    message,
    ...(hint !== undefined && { hint })
  }
}

/** The problem of a text that was refused. */
export const refusedAt = (place: Place, refusal: Refusal): ConfigIssue => issueAt(place, refusal.reason, refusal.hint)
