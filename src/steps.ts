import { now, othersTurn } from './time.ts'

/** A call that blocks for long: made on the spot, or in another thread while the event loop goes on. */
export interface LongCall<T> {
  now(): T
  later(): Promise<T>
}

/**
 * Work that can be interrupted: between two steps others may have their turn. Who yields a long call is given its result. One text of
 * the work serves both ways of doing it: at once, or in slices.
 */
export type Steps<T> = Generator<LongCall<unknown> | undefined, T, unknown>

/** For how long a slice goes on, in milliseconds; a single step should take a fraction of it. */
const SLICE = 2

/** Does all of it before it returns. */
export function runAtOnce<T>(steps: Steps<T>): T {
  let step = steps.next()
  while (!step.done) {
    const outcome = step.value ? attempt(step.value) : { value: undefined }
    step = 'error' in outcome ? steps.throw(outcome.error) : steps.next(outcome.value)
  }
  return step.value
}

function attempt(call: LongCall<unknown>): { value: unknown } | { error: unknown } {
  try {
    return { value: call.now() }
  } catch (error) {
    return { error }
  }
}

/** Does it in slices of a few milliseconds, long calls in another thread. */
export async function runInSlices<T>(steps: Steps<T>): Promise<T> {
  let begun = now()
  let step = steps.next()
  while (!step.done) {
    const call = step.value
    if (call) {
      const outcome = await call.later().then(
        value => ({ value }),
        (error: unknown) => ({ error })
      )
      begun = now()
      step = 'error' in outcome ? steps.throw(outcome.error) : steps.next(outcome.value)
      continue
    }
    if (now() - begun > SLICE) {
      await othersTurn()
      begun = now()
    }
    step = steps.next()
  }
  return step.value
}

/** Work that cannot be interrupted, as the one step that it is. */
export function* inOneStep<T>(work: () => T): Steps<T> {
  yield
  return work()
}
