import type { AttributeTable, Values } from './attribute.ts'
import type { MessageFormat } from './message.ts'

/** How an operator would type it, for errors and traces. */
export interface Named {
  readonly command: string
}

/** What is asked of the kernel: the message and its name. */
export interface Request<H, T extends AttributeTable> extends Named {
  readonly type: number
  readonly flags?: number
  readonly format: MessageFormat<H, T>
  readonly header?: Partial<H>
  readonly values?: Values<T>
  /** Leaves out of the answers what the format's table does not know; for who only looks. */
  readonly brief?: boolean
}

export interface Decoded<H, T extends AttributeTable> {
  readonly type: number
  readonly header: H
  readonly values: Values<T>
}

/** What became of a request among others. `lost`: the kernel got it, and its answer did not arrive. */
export interface Outcome {
  readonly error?: Error
  readonly lost?: boolean
}

// biome-ignore lint/suspicious/noExplicitAny: requests of all kinds go out together
export type AnyRequest = Request<any, any>

/** A request that nobody has named yet. */
export type Unnamed = Omit<AnyRequest, 'command'>
