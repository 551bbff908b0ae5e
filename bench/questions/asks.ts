import type { Question } from '../measure/row.ts'
import type { Ask } from './place.ts'

/** Loaded when they are asked. */
export const asks: Readonly<Record<Question, () => Promise<Ask>>> = {
  install: async () => (await import('./install.ts')).install,
  change: async () => (await import('./change.ts')).change,
  link: async () => (await import('./link.ts')).link,
  start: async () => (await import('./start.ts')).start,
  path: async () => (await import('./path.ts')).path,
  codec: async () => (await import('./codec.ts')).codec
}

/** Numbers of redirects when nobody says otherwise. */
export const usualSizes: Readonly<Record<Question, readonly number[]>> = {
  install: [1, 10, 100, 1000, 10_000],
  change: [1, 1000, 10_000],
  link: [1],
  start: [1, 10],
  path: [1, 100, 1000, 5000, 10_000],
  codec: [1, 100, 1000, 10_000]
}

/** For `quick`: sizes and runs that take some seconds each. */
export const quickly: Readonly<Record<Question, { sizes: readonly number[]; runs: number }>> = {
  install: { sizes: [1, 1000], runs: 5 },
  change: { sizes: [1000], runs: 5 },
  link: { sizes: [1], runs: 10 },
  start: { sizes: [1], runs: 2 },
  path: { sizes: [1, 1000], runs: 2 },
  codec: { sizes: [1000], runs: 3 }
}
