import type { Kernel } from '../kernel/kernel.ts'
import type { Operation } from '../state/operation.ts'

/** What has been done, in order; what `undo` takes back. */
export interface Report {
  readonly done: readonly Operation[]
}

/** Does the operations one after the other. When one fails, those before it are taken back and its error is thrown. */
export function apply(operations: readonly Operation[], kernel: Kernel): Report {
  const done: Operation[] = []
  try {
    for (const operation of operations) {
      kernel.apply(operation)
      done.push(operation)
    }
  } catch (error) {
    undo(done, kernel)
    throw error
  }
  return { done }
}

/**
 * Takes operations back, the last one first, as far as it goes: what cannot be undone is left to the next run, which converges from
 * any state.
 */
export function undo(done: readonly Operation[], kernel: Kernel): void {
  for (const operation of done.toReversed()) {
    try {
      for (const inverse of inverseOf(operation)) kernel.apply(inverse)
    } catch {
      // the error that made us undo is the one to report
    }
  }
}

function inverseOf(operation: Operation): Operation[] {
  const { kind, verb, before } = operation
  if (before === undefined) return verb === 'add' ? [{ ...operation, verb: 'delete' } as Operation] : []
  if (verb === 'delete') return [{ kind, verb: 'add', resource: before } as Operation]
  return [{ kind, verb: 'change', resource: before, before: operation.resource } as Operation]
}
