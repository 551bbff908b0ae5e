import { isDeepStrictEqual } from 'node:util'
import type { V1Pod } from '@kubernetes/client-node'
import type { Agent } from '../agent/agent.ts'
import type { Attachment } from '../agent/attachment.ts'
import type { Sandbox } from '../agent/source.ts'
import { ConfigError, formatError } from '../errors.ts'
import type { Log } from '../observe/log.ts'
import { now, wait } from '../time.ts'
import type { Wish } from './annotations.ts'
import { annotations } from './annotations.ts'
import type { Api, PodReference } from './api.ts'
import { Backoff } from './backoff.ts'
import type { Claims } from './claims.ts'
import type { PodSandbox, Runtime } from './cri.ts'
import { attachmentOf, type Grounds, grant, referenceOf, runtimeUidOf } from './decide.ts'
import type { EventWriter } from './event-writer.ts'
import { RefusedError, UndecidedError } from './policy.ts'
import { type PodStatus, StatusWriter } from './status.ts'
import { wordsOf } from './words.ts'

/** What all pods of the node share. */
export interface Node {
  readonly agent: Agent
  readonly api: Pick<Api, 'annotate'>
  readonly runtime: Runtime
  readonly events: Pick<EventWriter, 'write'>
  readonly claims: Claims
  readonly log: Log
  groundsOf(pod: V1Pod): Grounds
  /** Is told how long it took to make something, in seconds. */
  attached?(seconds: number): void
}

/** The same trouble, found again and again, is told so often. In milliseconds. */
const RETOLD = 600_000

/** One pod that asks for something: brings it about, tries again what fails, and says on the pod what came of it. Never throws. */
export class PodKeeper {
  readonly pod: PodReference
  readonly #node: Node
  readonly #status: StatusWriter
  readonly #closing = new AbortController()
  readonly #backoff = new Backoff({ first: 500, longest: 15_000 })
  /** Errors that the agent's own listeners have told already. */
  readonly #told = new WeakSet<object>()
  #last: { readonly message: string; readonly at: number } | undefined
  #object: V1Pod
  #sandbox: Sandbox | undefined
  #attached: string | undefined
  #done = false
  #wake = Promise.withResolvers<void>()
  readonly #working: Promise<void>

  constructor(object: V1Pod, node: Node) {
    this.#object = object
    this.#node = node
    this.pod = referenceOf(object)
    this.#status = new StatusWriter(node.api, this.pod, node.log, this.#closing.signal)
    this.#status.observe(object.metadata?.annotations?.[annotations.status])
    this.#working = this.#work()
  }

  /** The pod has changed. */
  update(object: V1Pod): void {
    const matters = !isDeepStrictEqual(whatMatters(this.#object), whatMatters(object))
    this.#object = object
    this.#status.observe(object.metadata?.annotations?.[annotations.status])
    // our own words on the pod are no reason to look at it again
    if (matters) this.poke()
  }

  /** Something has changed that may matter to the pod. */
  poke(): void {
    this.#backoff.reset()
    this.#wake.resolve()
  }

  /** The attachment is there, and in order. */
  ready(attachment: Attachment): void {
    this.#attached = attachment.id
    this.#last = undefined
    this.#status.set(statusOf(attachment))
  }

  failing(reason: unknown): void {
    if (typeof reason === 'object' && reason !== null) this.#told.add(reason)
    this.#status.set({ phase: 'Failing', message: wordsOf(reason) })
  }

  /** The attachment is gone, whoever took it. */
  removed(id: string): void {
    if (this.#attached === id) this.#attached = undefined
    if (this.#sandbox && id.startsWith(`${this.#sandbox.containerId}/`)) this.#sandbox = undefined
    this.poke()
  }

  /** The pod is gone: so is what was made for it. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#working
    await this.#detach().catch(error => this.#node.log.error(`${this.#name}: ${formatError(error)}`))
    this.#node.claims.release(this.pod.uid)
  }

  /** Says on the pod what went wrong, once for each thing that does. */
  tell(error: unknown): void {
    const { events, log } = this.#node
    if (this.#told.has(error as object)) return
    const message = wordsOf(error)
    const refused = error instanceof RefusedError
    this.#status.set({ phase: refused ? 'Refused' : error instanceof ConfigError ? 'Invalid' : 'Failing', message })
    if (this.#last?.message === message && now() - this.#last.at < RETOLD) return
    this.#last = { message, at: now() }
    log.warn(`${this.#name}: ${formatError(error)}`)
    events.write(this.pod, refused ? 'EgressRefused' : error instanceof ConfigError ? 'EgressInvalid' : 'EgressFailed', message)
  }

  /** Whether something is still to come, or to be tried again. */
  get isWaiting(): boolean {
    return !this.#done
  }

  get #name(): string {
    return `pod ${this.pod.kubeNamespace}/${this.pod.name}`
  }

  async #work(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers<void>()
      this.#done = false
      try {
        this.#done = await this.#converge()
      } catch (error) {
        if (!signal.aborted) this.tell(error)
      }
      if (this.#done) await Promise.race([this.#wake.promise, over(signal)])
      else await Promise.race([this.#wake.promise, wait(this.#backoff.next(), undefined, { signal }).catch(() => {})])
    }
  }

  /** Whether nothing is left to do until the next change. */
  async #converge(): Promise<boolean> {
    const object = this.#object
    const phase = object.status?.phase
    if (phase === 'Succeeded' || phase === 'Failed') {
      await this.#detach()
      return true
    }
    let wish: Wish | undefined
    try {
      wish = grant(object, this.#node.groundsOf(object))
    } catch (error) {
      if (error instanceof UndecidedError) return false
      // what the policy does not grant any more is taken away; annotations with a mistake change nothing
      if (error instanceof RefusedError) await this.#detach()
      if (!(error instanceof RefusedError || error instanceof ConfigError)) throw error
      this.tell(error)
      return true
    }
    if (!wish) {
      await this.#detach()
      this.#status.set(undefined)
      return true
    }
    const sandbox = await this.#findSandbox()
    if (!sandbox) return false
    return this.#attach(attachmentOf(object, wish, sandbox), wish)
  }

  async #attach(attachment: Attachment, wish: Wish): Promise<boolean> {
    const { agent, claims } = this.#node
    const known = agent.list().find(entry => entry.attachment.id === attachment.id)
    claims.claim(
      this.pod.uid,
      (wish.router?.sources ?? []).map(source => source.address)
    )
    // CNI may have made it, and an earlier agent may have left it: then it is looked after already
    if (!known || !isDeepStrictEqual(essence(known.attachment), essence(attachment))) {
      const began = now()
      await agent.attach(attachment, this.#closing.signal)
      this.#node.attached?.((now() - began) / 1000)
      this.ready(attachment)
    } else if (known.state === 'ready') this.ready(attachment)
    else this.#attached = attachment.id
    this.#backoff.reset()
    return true
  }

  /** The pod's network as the runtime has it now; a pod gets another one when its sandbox is made anew. */
  async #findSandbox(): Promise<Sandbox | undefined> {
    const { runtime } = this.#node
    const uid = runtimeUidOf(this.#object)
    const { kubeNamespace, name } = this.pod
    // what a pod says of itself does not make another's network its own
    const isIts = (sandbox: PodSandbox) => sandbox.podUid === uid && sandbox.kubeNamespace === kubeNamespace && sandbox.name === name
    const newest = (await runtime.sandboxes()).find(isIts)
    if (!newest) return undefined
    if (this.#sandbox?.containerId === newest.id) return this.#sandbox
    const namespace = await runtime.namespaceOf(newest.id)
    this.#sandbox = namespace === undefined ? undefined : { containerId: newest.id, namespace }
    return this.#sandbox
  }

  async #detach(): Promise<void> {
    const mine = this.#node.agent
      .list()
      .filter(({ attachment: { id, pod, origin } }) => id === this.#attached || (origin === 'annotations' && pod?.uid === this.pod.uid))
    for (const { attachment } of mine) await this.#node.agent.detach(attachment.id)
    this.#attached = undefined
    this.#node.claims.release(this.pod.uid)
  }
}

/** What makes two attachments the same thing, whoever asked for it. */
const essence = ({ id, namespace, link, settings }: Attachment) => JSON.parse(JSON.stringify({ id, namespace, link, settings }))

const statusOf = ({ link, settings }: Attachment): PodStatus => ({
  phase: 'Ready',
  link: link.name,
  parent: link.parent,
  source: settings?.source === undefined ? undefined : String(settings.source)
})

/** What of a pod decides about its attachment; the pod's containers and address tell of a new sandbox. */
const whatMatters = ({ metadata, status }: V1Pod) => ({
  annotations: { ...metadata?.annotations, [annotations.status]: undefined },
  phase: status?.phase,
  address: status?.podIP,
  containers: status?.containerStatuses?.map(({ containerID }) => containerID)
})

const over = (signal: AbortSignal) =>
  new Promise<void>(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
