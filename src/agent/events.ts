import { formatError } from '../errors.ts'
import type { Log } from '../observe/log.ts'
import type { Operation } from '../state/operation.ts'
import type { Attachment } from './attachment.ts'

/** What happens to attachments. Every call is optional; one that throws is its own fault and stops nobody. */
export interface AgentObserver {
  /** It was made, or made anew. */
  created?(attachment: Attachment): void
  /** It could not be made, or cannot be repaired at present. */
  failed?(attachment: Attachment, reason: unknown): void
  /** Something had drifted, and is as it should be again. */
  repaired?(attachment: Attachment, operations: readonly Operation[]): void
  /** Another egress-router process took the router over: it is left to that one. */
  yielded?(attachment: Attachment): void
  /** It is gone: taken away, or with its namespace. */
  removed?(attachment: Attachment): void
}

/** Tells every observer. */
export class AgentEvents {
  readonly #observers = new Set<AgentObserver>()
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  observe(observer: AgentObserver): void {
    this.#observers.add(observer)
  }

  tell<K extends keyof AgentObserver>(name: K, ...values: Parameters<NonNullable<AgentObserver[K]>>): void {
    for (const observer of this.#observers) {
      try {
        const hear = observer[name] as ((...values: unknown[]) => void) | undefined
        hear?.apply(observer, values)
      } catch (error) {
        this.#log.error(`an observer failed: ${formatError(error)}`)
      }
    }
  }
}
