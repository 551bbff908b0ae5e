import { EgressRouterError } from '../errors.ts'
import type { Applied, Kernel } from '../kernel/kernel.ts'
import { isOfTables, type Operation } from '../state/operation.ts'

/** What has been done, in order; what `undo` takes back. */
export interface Report {
  readonly done: readonly Operation[]
}

/** Does the operations in their order. When one fails, everything that was done is taken back and its error is thrown. */
export function apply(operations: readonly Operation[], kernel: Kernel): Report {
  return settled(operations, kernel.applyAll(operations), kernel)
}

/** The same with the changes of the table in slices, so that thousands of redirects do not hold up the event loop. */
export async function applyInSlices(operations: readonly Operation[], kernel: Kernel): Promise<Report> {
  const done: Operation[] = []
  for (const part of parts(operations)) {
    const [first] = part
    const applied = first && isOfTables(first) ? await applyTable(first, kernel) : kernel.applyAll(part)
    done.push(...applied.done)
    if (applied.failure) return settled(operations, { done, failure: applied.failure }, kernel)
  }
  return { done }
}

/** A change of the table by itself, and what stands between two of them together. */
function parts(operations: readonly Operation[]): Operation[][] {
  const all: Operation[][] = []
  let together: Operation[] | undefined
  for (const operation of operations) {
    if (isOfTables(operation)) {
      all.push([operation])
      together = undefined
    } else if (together) together.push(operation)
    else {
      together = [operation]
      all.push(together)
    }
  }
  return all
}

async function applyTable(operation: Operation, kernel: Kernel): Promise<Applied> {
  try {
    await kernel.applyInSlices(operation)
    return { done: [operation] }
  } catch (error) {
    return { done: [], failure: { operation, error, lost: false } }
  }
}

function settled(operations: readonly Operation[], { done, failure }: Applied, kernel: Kernel): Report {
  if (failure === undefined) return { done }
  const { operation, error, lost } = failure
  const happened = new Set(lost || mayHaveHappened(operation, error) ? [...done, operation] : done)
  undo(
    operations.filter(entry => happened.has(entry)),
    kernel
  )
  throw error
}

/**
 * Whether an operation that failed may have taken effect: a call whose answer was lost, or one of those that set a value, which do no
 * harm when they are taken back for nothing. What the kernel refused to add is somebody else's and must not be deleted.
 */
function mayHaveHappened(operation: Operation, error: unknown): boolean {
  return operation.verb === 'change' || operation.kind === 'ruleset' || (error instanceof EgressRouterError && error.code === 'ESYSCALL')
}

/**
 * Takes operations back, the last one first, as far as it goes: what cannot be undone is left to the next run, which converges from
 * any state.
 */
export function undo(done: readonly Operation[], kernel: Kernel): void {
  let left = done.toReversed().flatMap(inverseOf)
  // a route waits for its link to be up again, which went down before the route was deleted: it gets another turn
  for (;;) {
    const failed = left.filter(operation => !succeeds(operation, kernel))
    if (failed.length === 0 || failed.length === left.length) return
    left = failed
  }
}

/** Without its error: the one that made us undo is the one to report. */
function succeeds(operation: Operation, kernel: Kernel): boolean {
  try {
    kernel.apply(operation)
    return true
  } catch {
    return false
  }
}

function inverseOf(operation: Operation): Operation[] {
  const { kind, verb, before } = operation
  if (before === undefined) return verb === 'add' ? [{ ...operation, verb: 'delete' } as Operation] : []
  if (verb === 'delete') return [{ kind, verb: 'add', resource: before } as Operation]
  return [{ kind, verb: 'change', resource: before, before: operation.resource } as Operation]
}
