import type { EgressConfig } from '../config/shape.ts'
import { formatError } from '../errors.ts'
import type { Log } from '../observe/log.ts'
import type { Aside } from '../router/aside.ts'
import { type KeepObserver, sooner } from '../router/keep.ts'
import type { RouterView } from '../router/view.ts'
import type { Operation } from '../state/operation.ts'
import type { Attachment } from './attachment.ts'
import type { AgentEvents } from './events.ts'
import { removeLink } from './link.ts'
import type { Upkeep } from './mere-link.ts'
import { isStillThere } from './place.ts'
import { type Holdings, holdingsOf } from './rivals.ts'

/** `yielded`: another egress-router process has taken the router over. */
export type AttachmentState = 'ready' | 'failing' | 'yielded'

/** Until a router that could not be set up is tried again, in milliseconds; doubled each time. */
const FIRST_PAUSE = 1000
const LONGEST_PAUSE = 30_000

export interface KeptOptions {
  readonly attachment: Attachment
  readonly identity: string
  /** Its handle keeps the namespace alive until it is disposed of. */
  readonly upkeep: Upkeep
  readonly config?: EgressConfig | undefined
  readonly log: Log
  readonly events: AgentEvents
}

/** Bringing in sync what an earlier agent left behind. */
interface FirstTry {
  /** To be called when it has been tried once, with or without success. */
  readonly tried: () => void
  /** For the waits of that try. */
  readonly aside: Aside
}

/** One attachment that is there, and looked after. */
export class Kept {
  readonly attachment: Attachment
  readonly identity: string
  /** The addresses that nobody else on the node may have. */
  readonly holdings: Holdings
  state: AttachmentState = 'ready'
  /** Why it is failing. */
  reason: string | undefined
  readonly #upkeep: Upkeep
  readonly #config: EgressConfig | undefined
  readonly #log: Log
  readonly #events: AgentEvents
  #stop = new AbortController()
  #watching: Promise<void> = Promise.resolve()
  #conflict: Error | undefined
  #wake = Promise.withResolvers<void>()

  constructor({ attachment, identity, upkeep, config, log, events }: KeptOptions) {
    this.attachment = attachment
    this.identity = identity
    this.#upkeep = upkeep
    this.#config = config
    this.holdings = holdingsOf(attachment, config)
    this.#log = log
    this.#events = events
  }

  get id(): string {
    return this.attachment.id
  }

  get isThere(): boolean {
    return isStillThere(this.attachment.namespace, this.identity)
  }

  /** The router as the kernel has it; undefined when only a link was asked for. */
  view(): RouterView | undefined {
    return this.#upkeep.view?.()
  }

  /** Watches what is set up, and repairs it from now on. */
  watch(): void {
    this.#stop = new AbortController()
    this.#watching = this.#keep(this.#stop.signal)
  }

  /** Watches what an earlier agent left behind; resolves when it has been brought in sync, or failed for the first time. */
  async resume(aside: Aside): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#watching = this.#keep(this.#stop.signal, { tried: resolve, aside })
    await promise
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#watching
  }

  /** The world has changed outside the pod: what fails may work now. */
  poke(): void {
    if (this.state !== 'failing') return
    this.#wake.resolve()
    if (this.#config) this.#upkeep.reconfigure?.(this.#config)
  }

  /** The node has an address of the attachment, too; undefined when it has none, or none any more. */
  dispute(conflict: Error | undefined): void {
    const before = this.#conflict
    this.#conflict = conflict
    if (conflict) this.#fails(conflict)
    else if (before) this.#recovers()
  }

  /** Takes out of the pod what was put there. Call `stop` first. */
  takeDown(): void {
    // the handle reaches the namespace even when its path is gone, so that nobody answers for the address any more
    this.#upkeep.tearDown()
    if (this.isThere) removeLink(this.attachment.namespace, this.attachment.link.name)
  }

  /** Lets go of the namespace and leaves everything in it as it is. Call `stop` first. */
  release(): void {
    this.#upkeep[Symbol.dispose]()
  }

  async #keep(signal: AbortSignal, firstTry?: FirstTry): Promise<void> {
    const observer: KeepObserver = {
      repaired: operations => this.#tellRepaired(operations),
      failed: error => this.#fails(error),
      recovered: () => this.#recovers()
    }
    let unsure = firstTry !== undefined
    let aside = firstTry?.aside
    const tried = () => {
      aside = undefined
      firstTry?.tried()
    }
    for (let pause = FIRST_PAUSE; !signal.aborted; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      try {
        if (unsure) await this.#converge(signal, aside)
        tried()
        await this.#upkeep.watch(signal, observer)
        if (!signal.aborted) this.#yields()
        break
      } catch (error) {
        if (signal.aborted) break
        this.#fails(error)
        tried()
        unsure = true
        this.#wake = Promise.withResolvers<void>()
        await sooner(this.#wake.promise, pause, signal)
      }
    }
    tried()
  }

  async #converge(signal: AbortSignal, aside?: Aside): Promise<void> {
    const { operations } = await this.#upkeep.setUp(signal, aside)
    this.#recovers()
    if (operations.length > 0) this.#tellRepaired(operations)
  }

  #tellRepaired(operations: readonly Operation[]): void {
    this.#events.tell('repaired', this.attachment, operations)
    // who was told of that takes the attachment for a sound one
    if (this.#conflict) this.#events.tell('failed', this.attachment, this.#conflict)
  }

  #recovers(): void {
    if (this.#conflict) return
    this.state = 'ready'
    this.reason = undefined
  }

  #yields(): void {
    this.state = 'yielded'
    this.#events.tell('yielded', this.attachment)
  }

  #fails(error: unknown): void {
    const reason = formatError(error)
    const news = this.state !== 'failing' || this.reason !== reason
    this.state = 'failing'
    this.reason = reason
    // the same trouble is told once, not at every try
    if (!news) return
    this.#log.error(`attachment ${this.attachment.id}: ${reason}`)
    this.#events.tell('failed', this.attachment, error)
  }
}
