import { formatError } from '../errors.ts'
import type { Log } from '../observe/log.ts'
import { wait } from '../time.ts'
import { annotations } from './annotations.ts'
import type { Api, PodReference } from './api.ts'
import { Backoff } from './backoff.ts'
import { codeOf } from './list-watch.ts'

/** What the annotation `egress-router.io/status` says, as JSON. */
export interface PodStatus {
  readonly phase: 'Ready' | 'Failing' | 'Refused' | 'Invalid'
  readonly link?: string | undefined
  readonly parent?: string | undefined
  readonly source?: string | undefined
  /** Why the phase is not Ready. */
  readonly message?: string | undefined
}

/** Names and values of annotations share 256 KiB with the user's. */
const LONGEST_MESSAGE = 2000
/** Between two writes to one pod, in milliseconds. */
const SPACING = 1000

function formatStatus({ message, ...status }: PodStatus): string {
  return JSON.stringify({
    ...status,
    message: message === undefined || message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE)}…`
  })
}

/** Keeps the annotation of one pod as it should be. What is set while a write is under way replaces what waits. Never throws. */
export class StatusWriter {
  readonly #api: Pick<Api, 'annotate'>
  readonly #pod: PodReference
  readonly #log: Log
  readonly #signal: AbortSignal
  #wanted: string | null | undefined
  #observed: string | null | undefined
  #writing = false

  constructor(api: Pick<Api, 'annotate'>, pod: PodReference, log: Log, signal: AbortSignal) {
    this.#api = api
    this.#pod = pod
    this.#log = log
    this.#signal = signal
  }

  /** The annotation as the pod has it now. */
  observe(text: string | undefined): void {
    this.#observed = text ?? null
    void this.#write()
  }

  set(status: PodStatus | undefined): void {
    this.#wanted = status === undefined ? null : formatStatus(status)
    void this.#write()
  }

  async #write(): Promise<void> {
    if (this.#writing) return
    this.#writing = true
    const backoff = new Backoff({ first: 500 })
    try {
      while (!this.#signal.aborted && this.#wanted !== undefined && this.#wanted !== this.#observed) {
        const text = this.#wanted
        try {
          await this.#api.annotate(this.#pod, annotations.status, text)
          this.#observed = text
          // somebody who keeps changing it back gets no storm
          await sleep(SPACING, this.#signal)
        } catch (error) {
          const code = codeOf(error)
          // the pod is gone (404), or another one has its name (409, 422)
          if (code === 404 || code === 409 || code === 422) return
          this.#log.debug(`the status of pod ${this.#pod.kubeNamespace}/${this.#pod.name} could not be written: ${formatError(error)}`)
          await sleep(backoff.next(), this.#signal)
        }
      }
    } finally {
      this.#writing = false
    }
  }
}

const sleep = (milliseconds: number, signal: AbortSignal) => wait(milliseconds, undefined, { signal }).catch(() => {})
