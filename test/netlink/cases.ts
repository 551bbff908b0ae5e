// How many cases each property is tried with. The long run is `EGRESS_FUZZ_CASES=100000 tap --timeout=7200 test/netlink/*-law.test.ts`.
import type fc from 'fast-check'

export const cases = Number(process.env.EGRESS_FUZZ_CASES ?? 3000)

/** Tries a property with every table: that many cases divided among them, so that a new table costs no time. */
export function forEvery<T>(subjects: readonly T[], attempt: (subject: T, parameters: fc.Parameters<unknown>) => void): void {
  for (const subject of subjects) attempt(subject, { numRuns: Math.ceil(cases / subjects.length) })
}
