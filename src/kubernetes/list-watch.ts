import { formatError } from '../errors.ts'
import type { Log } from '../observe/log.ts'
import { wait } from '../time.ts'
import { Backoff } from './backoff.ts'

/** What every object of Kubernetes has and this needs. */
export interface Versioned {
  readonly metadata?: { readonly uid?: string; readonly resourceVersion?: string }
}

export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly object: Versioned }
  | { readonly type: 'ERROR'; readonly object: { readonly code?: number; readonly message?: string } }

/** One kind of object on the server. */
export interface Collection<T> {
  /** `pods of node node1`, for the log. */
  readonly name: string
  list(): Promise<{ readonly items: readonly T[]; readonly resourceVersion: string }>
  /** Tells of every change since a version; resolves when the server ends the watch, as it does every few minutes. */
  watch(resourceVersion: string, hear: (event: WatchEvent<T>) => void, signal: AbortSignal): Promise<void>
}

export interface Hearer<T> {
  changed(object: T, before: T | undefined): void
  gone(object: T): void
  /** Everything that is there has been told; again after each new list. */
  synced?(): void
  /** The server does not answer; told at every try. */
  unreachable?(error: unknown): void
}

/** After so many failed watches in a row the version itself may be at fault: the server came back with an older state. */
const FAILURES_BEFORE_A_LIST = 3

/**
 * Follows a collection until the signal is aborted: one list, then what changes. A watch that ends or breaks goes on where it stopped; a
 * version that the server does not know any more (410) means a new list, and what vanished meanwhile is told as gone. Never throws.
 */
export async function follow<T extends Versioned>(
  collection: Collection<T>,
  hearer: Hearer<T>,
  { log, signal, backoff = new Backoff() }: { readonly log: Log; readonly signal: AbortSignal; readonly backoff?: Backoff }
): Promise<void> {
  const known = new Map<string, T>()
  let version: string | undefined
  let failures = 0
  const change = (object: T) => {
    const uid = object.metadata?.uid ?? ''
    const before = known.get(uid)
    known.set(uid, object)
    if (before?.metadata?.resourceVersion !== object.metadata?.resourceVersion) hearer.changed(object, before)
  }
  const remove = (object: T) => {
    if (known.delete(object.metadata?.uid ?? '')) hearer.gone(object)
  }
  while (!signal.aborted) {
    try {
      if (version === undefined) {
        const { items, resourceVersion } = await collection.list()
        if (signal.aborted) return
        const present = new Set(items.map(item => item.metadata?.uid ?? ''))
        for (const [uid, object] of [...known]) if (!present.has(uid)) remove(object)
        for (const item of items) change(item)
        version = resourceVersion
        failures = 0
        hearer.synced?.()
      }
      let refused: unknown
      const hear = (event: WatchEvent<T>) => {
        if (event.type === 'ERROR') {
          refused = Object.assign(new Error(event.object.message ?? 'the watch failed'), { code: event.object.code })
          return
        }
        version = event.object.metadata?.resourceVersion ?? version
        if (event.type === 'DELETED') remove(event.object)
        else if (event.type !== 'BOOKMARK') change(event.object)
        // only what is heard shows that all is well: a server that takes a watch and ends it at once would be asked without a pause
        failures = 0
        backoff.reset()
      }
      const began = Date.now()
      await collection.watch(version, hear, signal)
      if (refused) throw refused
      if (Date.now() - began < 1000) await pause(backoff.next(), signal)
    } catch (error) {
      if (signal.aborted) return
      failures++
      const expired = codeOf(error) === 410
      if (expired || failures >= FAILURES_BEFORE_A_LIST) version = undefined
      hearer.unreachable?.(error)
      const next = expired && failures === 1 ? 0 : backoff.next()
      log.warn(`${collection.name}: ${formatError(error)}; trying again`, { milliseconds: next })
      await pause(next, signal)
    }
  }
}

/** The status of an answer, whether the error is of a request or of a watch. */
export const codeOf = (error: unknown): number | undefined => {
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown }
  return typeof statusCode === 'number' ? statusCode : typeof code === 'number' ? code : undefined
}

const pause = (milliseconds: number, signal: AbortSignal) => wait(milliseconds, undefined, { signal }).catch(() => {})
