import type { EgressConfig } from '../config/shape.ts'
import { formatError } from '../errors.ts'
import type { Log } from '../observe/log.ts'
import type { Aside } from '../router/aside.ts'
import { openRouter } from '../router/router.ts'
import type { RouterView } from '../router/view.ts'
import type { ObservedLink } from '../state/link.ts'
import { type Attachment, configOf } from './attachment.ts'
import { findDifferences } from './check.ts'
import { AgentEvents } from './events.ts'
import { type AttachmentState, Kept } from './kept.ts'
import { observeLink, provideLink, removeLink, removeStray } from './link.ts'
import { MereLink, type Upkeep } from './mere-link.ts'
import { NamespaceWatch } from './namespaces.ts'
import { NodeWatch } from './node.ts'
import { identifyNamespace } from './place.ts'
import { type AttachmentRecord, Records } from './records.ts'
import {
  conflictWithNode,
  type Holder,
  type Holdings,
  holdingsOf,
  nodeAddresses,
  refuseSecondHolder,
  refuseSecondRouter
} from './rivals.ts'
import { Turns } from './turns.ts'

/** So many attachments are worked on at once; those that wait for carrier or for the LAN do not count. */
const AT_ONCE = 64

const takenAway = () => new DOMException('the attachment was taken away while it was being made', 'AbortError')

interface Attempt extends Holder {
  readonly stop: AbortController
  /** None until its turn comes. */
  holdings: Holdings
}

export interface AgentOptions {
  /** Folder for what must outlive the agent, one small file an attachment; on a file system that does not outlive the node. */
  readonly runFolder: string
  readonly log: Log
}

export interface Listed {
  readonly attachment: Attachment
  readonly state: AttachmentState
  /** Why it is failing. */
  readonly reason?: string | undefined
}

/** One process that looks after the links and routers of many pods. */
export class Agent implements AsyncDisposable {
  /** Observers register here. */
  readonly events: AgentEvents
  readonly #log: Log
  readonly #records: Records
  readonly #kept = new Map<string, Kept>()
  readonly #turns = new Turns(AT_ONCE)
  /** What is being made, or waits for its turn. */
  readonly #attempts = new Set<Attempt>()
  readonly #closing = new AbortController()
  readonly #namespaces = new NamespaceWatch(() => {
    this.#dropVanished()
    this.#endUnheard()
  })

  constructor({ runFolder, log }: AgentOptions) {
    this.#log = log
    this.#records = new Records(runFolder)
    this.events = new AgentEvents(log)
  }

  /**
   * Takes up again what an earlier agent looked after, without touching what is in sync; what it had begun and not answered for is taken
   * back. Everything is known when this has been called; it resolves when each has been looked at once. Errors: EgressRouterError
   * `ECAPABILITY`.
   */
  async start(): Promise<void> {
    const node = new NodeWatch(() => this.#kept.values(), this.#log, this.#closing.signal)
    const { records, problems } = this.#records.load()
    for (const problem of problems) this.#log.warn(problem)
    const resumed = records.flatMap(record => this.#takeUp(record))
    this.#followNamespaces()
    node.compareAddresses()
    // one that cannot be looked after stops no other
    await Promise.all(
      resumed.map(({ complete, kept }) =>
        this.#locked(kept.attachment, aside => (complete ? kept.resume(aside) : this.#drop(kept))).catch(this.#logOf(kept))
      )
    )
    if (resumed.length > 0 && !this.#closing.signal.aborted) this.#log.info('taken up again', { attachments: this.#kept.size })
  }

  /**
   * Makes the link, and sets the router up. Doing it again changes nothing; after an error everything that this call did is taken back.
   * Those in one namespace take turns, those in several run side by side.
   *
   * Errors: ConfigError; EgressRouterError `EUSAGE` (no such namespace), `ELINK`, `ECAPABILITY`; ConflictError, NetlinkError,
   * NftablesError.
   */
  attach(attachment: Attachment, signal?: AbortSignal): Promise<ObservedLink> {
    const attempt: Attempt = { id: attachment.id, stop: new AbortController(), holdings: new Map() }
    const over = AbortSignal.any([this.#closing.signal, attempt.stop.signal, ...(signal ? [signal] : [])])
    this.#attempts.add(attempt)
    return this.#locked(attachment, async aside => {
      try {
        over.throwIfAborted()
        return await this.#attach(attachment, attempt, over, aside)
      } catch (error) {
        if (!over.aborted) this.events.tell('failed', attachment, error)
        throw error
      } finally {
        this.#attempts.delete(attempt)
      }
    })
  }

  /**
   * Takes out of the pod what was made for an attachment; what is being made is given up. Done already, or the namespace is gone: success.
   *
   * @param place where to look for a link of ours when nothing is known of the attachment
   */
  detach(id: string, place?: { readonly namespace: string; readonly link: string }): Promise<void> {
    for (const attempt of this.#attempts) if (attempt.id === id) attempt.stop.abort(takenAway())
    void this.#kept.get(id)?.stop()
    const namespace = this.#kept.get(id)?.attachment.namespace ?? place?.namespace ?? ''
    return this.#locked({ id, namespace }, async () => {
      const kept = this.#kept.get(id)
      if (kept) await this.#drop(kept)
      else {
        this.#records.remove(id)
        if (place) removeStray(place.namespace, place.link)
      }
    })
  }

  /** What differs from what should be there, in words. Errors: EgressRouterError `EUSAGE` when the namespace is gone. */
  check(attachment: Attachment): string[] {
    return findDifferences(attachment)
  }

  find(id: string): Attachment | undefined {
    return this.#kept.get(id)?.attachment
  }

  /** The router of an attachment as the kernel has it; undefined when there is none. */
  view(id: string): RouterView | undefined {
    return this.#kept.get(id)?.view()
  }

  list(): Listed[] {
    return Array.from(this.#kept.values(), ({ attachment, state, reason }) => ({ attachment, state, reason }))
  }

  get isEnding(): boolean {
    return this.#closing.signal.aborted
  }

  /** Ends; what is in the pods stays as it is, for the next agent to take up. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    this.#namespaces[Symbol.dispose]()
    await Promise.all(Array.from(this.#kept.values(), kept => kept.stop()))
    for (const kept of this.#kept.values()) kept.release()
  }

  async #attach(attachment: Attachment, attempt: Attempt, signal: AbortSignal, aside: Aside): Promise<ObservedLink> {
    const identity = identifyNamespace(attachment.namespace)
    const config = configOf(attachment)
    const before = await this.#settlePredecessor(attachment, identity)
    refuseSecondRouter(attachment, identity, this.#kept.values())
    const holdings = holdingsOf(attachment, config)
    refuseSecondHolder({ id: attachment.id, holdings }, [...this.#kept.values(), ...this.#attempts])
    const conflict = holdings.size > 0 && conflictWithNode(holdings, nodeAddresses())
    if (conflict) throw conflict
    attempt.holdings = holdings
    await before?.stop()
    this.#records.write({ attachment, identity, complete: before !== undefined })
    let made = false
    let isSetUp = false
    let upkeep: Upkeep | undefined
    try {
      made = provideLink(attachment).made
      upkeep = this.#open(attachment, config)
      const { operations } = await upkeep.setUp(signal, aside)
      isSetUp = true
      signal.throwIfAborted()
      const link = observeLink(attachment)
      this.#records.write({ attachment, identity, complete: true })
      before?.release()
      this.#keep(new Kept({ attachment, identity, upkeep, config, log: this.#log, events: this.events })).watch()
      if (made || operations.length > 0 || !before) this.events.tell('created', attachment)
      return link
    } catch (error) {
      // a set-up that failed has taken itself back; one that was done is wanted no more
      if (isSetUp && !before) this.#quietly(() => upkeep?.tearDown())
      upkeep?.[Symbol.dispose]()
      if (made) this.#quietly(() => removeLink(attachment.namespace, attachment.link.name))
      if (before) this.#goBackTo(before)
      else this.#records.remove(attachment.id)
      throw error
    }
  }

  /** The attachment of that name that is there already: taken down when the new one is elsewhere. */
  async #settlePredecessor({ id, link }: Attachment, identity: string): Promise<Kept | undefined> {
    const before = this.#kept.get(id)
    if (!before) return undefined
    if (before.identity === identity && before.attachment.link.name === link.name) return before
    await this.#drop(before)
    return undefined
  }

  #goBackTo(before: Kept): void {
    this.#records.write({ attachment: before.attachment, identity: before.identity, complete: true })
    before.watch()
  }

  #open(attachment: Attachment, config: EgressConfig | undefined): Upkeep {
    return config ? openRouter({ namespace: attachment.namespace, config, log: this.#log }) : new MereLink(attachment)
  }

  #takeUp(record: AttachmentRecord): { kept: Kept; complete: boolean }[] {
    const { attachment, identity, complete } = record
    try {
      if (identifyNamespace(attachment.namespace) !== identity) throw new Error('another namespace is at its path')
      const config = configOf(attachment)
      const upkeep = this.#open(attachment, config)
      const kept = new Kept({ attachment, identity, upkeep, config, log: this.#log, events: this.events })
      return [{ kept: this.#keep(kept), complete }]
    } catch (error) {
      this.#log.info(`attachment ${attachment.id} is forgotten: ${formatError(error)}`)
      this.#records.remove(attachment.id)
      return []
    }
  }

  #keep(kept: Kept): Kept {
    this.#kept.set(kept.attachment.id, kept)
    this.#followNamespaces()
    return kept
  }

  async #drop(kept: Kept): Promise<void> {
    await kept.stop()
    try {
      kept.takeDown()
    } catch (error) {
      // with the namespace everything in it went
      if (kept.isThere) throw error
    }
    kept.release()
    this.#records.remove(kept.attachment.id)
    this.#kept.delete(kept.attachment.id)
    this.#followNamespaces()
    this.events.tell('removed', kept.attachment)
  }

  #dropVanished(): void {
    for (const kept of this.#kept.values()) {
      if (kept.isThere) continue
      const drop = async () => {
        if (this.#kept.get(kept.attachment.id) === kept && !kept.isThere) await this.#drop(kept)
      }
      this.#locked(kept.attachment, drop).catch(this.#logOf(kept))
    }
  }

  /** What a runtime took leave of a moment before this agent served, or while it did not answer in time. */
  #endUnheard(): void {
    for (const id of this.#records.detached()) this.detach(id).then(() => this.#records.forgetDetached(id), this.#logOf({ id }))
  }

  #logOf =
    ({ id }: Pick<Attachment, 'id'>) =>
    (error: unknown) =>
      this.#log.error(`attachment ${id}: ${formatError(error)}`)

  #followNamespaces(): void {
    this.#namespaces.follow(Array.from(this.#kept.values(), ({ attachment }) => attachment.namespace))
  }

  #locked<T>({ id, namespace }: Pick<Attachment, 'id' | 'namespace'>, task: (aside: Aside) => Promise<T>): Promise<T> {
    return this.#turns.take([`id ${id}`, `namespace ${namespace}`], task)
  }

  #quietly(undo: () => void): void {
    try {
      undo()
    } catch (error) {
      this.#log.warn(`not everything could be taken back: ${formatError(error)}`)
    }
  }
}
