// How a run of the product ended, as one assertion that shows its output when it fails.
import type { Test } from 'tap'
import type { Finished } from './process.ts'

type Asserts = Pick<Test, 'equal' | 'match'>

export function exits(t: Asserts, finished: Finished, code: number, what: string): boolean {
  return t.equal(finished.code, code, `${what}: exit code ${code}`, { output: finished.output, signal: finished.signal })
}

/** It ends with `code`, and each of `words` is said on stderr. */
export function refuses(t: Asserts, finished: Finished, code: number, what: string, ...words: readonly RegExp[]): void {
  exits(t, finished, code, what)
  for (const word of words) t.match(finished.stderr, word, `${what}: says ${word}`)
}
