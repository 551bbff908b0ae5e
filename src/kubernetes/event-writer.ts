import { formatError } from '../errors.ts'
import type { Log } from '../observe/log.ts'
import type { Api, PodReference } from './api.ts'
import { codeOf } from './list-watch.ts'
import { TokenBucket } from './token-bucket.ts'

/** What is told about a pod, in the words of `kubectl get events`. */
export type EventReason = 'EgressCreated' | 'EgressRepaired' | 'EgressFailed' | 'EgressRefused' | 'EgressInvalid' | 'EgressYielded'

const types: { readonly [reason in EventReason]: 'Normal' | 'Warning' } = {
  EgressCreated: 'Normal',
  EgressRepaired: 'Normal',
  EgressFailed: 'Warning',
  EgressRefused: 'Warning',
  EgressInvalid: 'Warning',
  EgressYielded: 'Warning'
}

/** The server takes 1024 bytes of a message. */
const LONGEST_MESSAGE = 1024
/** The same words about the same pod are one event with a count; repetitions are sent at most so often. In milliseconds. */
const REPETITION = 60_000
/** Words that were not repeated for so long are forgotten, here and, by default, on the server. In milliseconds. */
const MEMORY = 3_600_000
/** So many different things are told of one pod until some are forgotten: who changes a pod all the time silences no other. */
const MOST_OF_ONE_POD = 50
/** More than this waiting, and the oldest are dropped: events are a courtesy. */
const LONGEST_QUEUE = 500

interface Entry {
  readonly pod: PodReference
  readonly reason: EventReason
  readonly message: string
  readonly first: Date
  last: Date
  count: number
  /** What the server calls it, once it is there. */
  name?: string | undefined
  sentAt: number
}

export interface EventWriterOptions {
  readonly api: Pick<Api, 'createEvent' | 'countEvent'>
  readonly node: string
  readonly log: Log
  readonly now?: () => number
  /** Is told what became of each event. */
  readonly counted?: (outcome: 'sent' | 'dropped' | 'failed') => void
}

/** Writes Events on pods: deduplicated, no more than the server can bear, and never anybody's reason to wait or to fail. */
export class EventWriter {
  readonly #options: EventWriterOptions
  readonly #now: () => number
  readonly #entries = new Map<string, Entry>()
  readonly #queue = new Set<string>()
  readonly #room: TokenBucket
  #writing: Promise<void> | undefined

  constructor(options: EventWriterOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#room = new TokenBucket({ burst: 25, perSecond: 2, now: this.#now })
  }

  write(pod: PodReference, reason: EventReason, text: string): void {
    const message = shortened(text)
    const now = this.#now()
    const key = [pod.uid, reason, message].join('\n')
    this.#forget(now)
    const entry = this.#entries.get(key)
    if (entry) {
      entry.count++
      entry.last = new Date(now)
      if (now - entry.sentAt < REPETITION) return
      // the order of the map is that of the last use
      this.#entries.delete(key)
      this.#entries.set(key, entry)
    } else {
      if (this.#isTalkative(pod)) {
        this.#options.counted?.('dropped')
        return
      }
      const at = new Date(now)
      this.#entries.set(key, { pod, reason, message, first: at, last: at, count: 1, sentAt: Number.NEGATIVE_INFINITY })
    }
    this.#queue.add(key)
    const [oldest] = this.#queue
    if (this.#queue.size > LONGEST_QUEUE && oldest !== undefined) {
      this.#queue.delete(oldest)
      this.#entries.delete(oldest)
      this.#options.counted?.('dropped')
    }
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = undefined
    })
  }

  #isTalkative({ uid }: PodReference): boolean {
    let told = 0
    for (const { pod } of this.#entries.values()) if (pod.uid === uid) told++
    return told >= MOST_OF_ONE_POD
  }

  /** Resolves when nothing is waiting to be sent. */
  async settled(): Promise<void> {
    await this.#writing
  }

  async #drain(): Promise<void> {
    // a breath first: what is told in one go is sent with its whole count
    await Promise.resolve()
    for (const key of this.#queue) {
      await this.#room.take()
      this.#queue.delete(key)
      const entry = this.#entries.get(key)
      if (!entry) continue
      try {
        await this.#send(entry)
        this.#options.counted?.('sent')
      } catch (error) {
        this.#options.counted?.('failed')
        this.#options.log.debug(`an event could not be written: ${formatError(error)}`, {
          pod: `${entry.pod.kubeNamespace}/${entry.pod.name}`
        })
      }
    }
  }

  async #send(entry: Entry): Promise<void> {
    const { api, node } = this.#options
    const { pod, reason, message, first, last, count } = entry
    entry.sentAt = this.#now()
    if (entry.name !== undefined) {
      try {
        await api.countEvent(pod.kubeNamespace, entry.name, count, last, message)
        return
      } catch (error) {
        if (codeOf(error) !== 404) throw error
      }
    }
    const name = `${pod.name.slice(0, 200)}.${Math.floor(first.getTime()).toString(16)}${Math.random().toString(16).slice(2, 10)}`
    await api.createEvent({
      metadata: { name, namespace: pod.kubeNamespace },
      involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: pod.kubeNamespace, name: pod.name, uid: pod.uid },
      type: types[reason],
      reason,
      message,
      source: { component: 'egress-router', host: node },
      firstTimestamp: first,
      lastTimestamp: last,
      count
    })
    entry.name = name
  }

  #forget(now: number): void {
    for (const [key, { last }] of this.#entries) {
      if (now - last.getTime() < MEMORY) break
      if (!this.#queue.has(key)) this.#entries.delete(key)
    }
  }
}

/** At most `LONGEST_MESSAGE` bytes, cut between characters. */
export function shortened(text: string): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= LONGEST_MESSAGE) return text
  let end = LONGEST_MESSAGE - Buffer.byteLength('…')
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return `${bytes.subarray(0, end).toString('utf8')}…`
}
