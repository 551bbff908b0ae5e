import { watch } from 'node:fs'
import type { V1Pod } from '@kubernetes/client-node'
import type { Attachment, PodIdentity } from '../agent/attachment.ts'
import type { AttachmentSource, PodRequest, Sandbox } from '../agent/source.ts'
import { EgressRouterError, formatError } from '../errors.ts'
import { openLinux } from '../kernel/linux.ts'
import { asks, attachmentOf, grant, referenceOf, runtimeUidOf } from './decide.ts'
import type { Hearer } from './list-watch.ts'
import { type Node, PodKeeper } from './pod-keeper.ts'
import { UndecidedError } from './policy.ts'
import { wordsOf } from './words.ts'

/** Where container runtimes keep the network namespaces of pods. */
const NAMESPACE_FOLDER = '/run/netns'
/** How often every pod is looked at, whatever was heard, in milliseconds. */
const ROUND = 30_000
/** A pod that starts makes several namespaces' worth of noise at once, in milliseconds. */
const BURST = 20

export interface PodsOptions extends Node {
  readonly name: string
  readPod(kubeNamespace: string, name: string): Promise<V1Pod>
  readonly signal: AbortSignal
}

/** The pods of this node: each that asks for something has a keeper of its own, and what one does is nothing to the others. */
export class Pods implements Hearer<V1Pod>, AttachmentSource {
  readonly #options: PodsOptions
  readonly #objects = new Map<string, V1Pod>()
  readonly #keepers = new Map<string, PodKeeper>()
  #running = false

  constructor(options: PodsOptions) {
    this.#options = options
    this.#listenToAgent()
  }

  /** From now on pods are served; before, they are only known. */
  start(): void {
    this.#running = true
    for (const object of this.#objects.values()) this.#serve(object)
    this.#dropOrphans()
    this.#listenToNode()
  }

  get isRunning(): boolean {
    return this.#running
  }

  get size(): number {
    return this.#keepers.size
  }

  /** Something that decides for all pods has changed: the policy, the labels of a namespace, the links of the node. */
  pokeAll(): void {
    this.#poke(() => true)
  }

  #poke(which: (keeper: PodKeeper) => boolean): void {
    for (const keeper of this.#keepers.values()) if (which(keeper)) keeper.poke()
  }

  changed(object: V1Pod): void {
    this.#objects.set(referenceOf(object).uid, object)
    if (this.#running) this.#serve(object)
  }

  gone(object: V1Pod): void {
    const { uid } = referenceOf(object)
    this.#objects.delete(uid)
    this.#end(uid)
  }

  synced(): void {
    if (this.#running) this.#dropOrphans()
  }

  /** What the CNI plugin is to make for a pod whose sandbox is being made. */
  async forPod(request: PodRequest, sandbox: Sandbox): Promise<Attachment | undefined> {
    // the API server is not needed for one that asks for nothing
    if (request.annotations && !asks({ metadata: { annotations: { ...request.annotations } } })) return undefined
    if (!request.identity) return undefined
    const object = await this.#find(request.identity)
    if (!asks(object)) return undefined
    const { groundsOf, claims } = this.#options
    const { uid } = referenceOf(object)
    const wish = grant(object, groundsOf(object))
    if (!wish) return undefined
    try {
      claims.claim(
        uid,
        (wish.router?.sources ?? []).map(source => source.address)
      )
      return attachmentOf(object, wish, sandbox)
    } catch (error) {
      // the keeper has no sandbox to find this out by itself as long as the runtime makes none
      this.#keepers.get(uid)?.tell(error)
      throw error
    }
  }

  async #find({ kubeNamespace, name, uid }: PodIdentity): Promise<V1Pod> {
    const isIt = (object: V1Pod) => {
      const reference = referenceOf(object)
      return reference.kubeNamespace === kubeNamespace && reference.name === name && (uid === undefined || runtimeUidOf(object) === uid)
    }
    const known = Array.from(this.#objects.values()).find(isIt)
    // without an identity an older pod of that name could be meant
    if (known && uid !== undefined) return known
    const object = await this.#options.readPod(kubeNamespace, name).catch(error => {
      throw new UndecidedError(`what pod ${kubeNamespace}/${name} asks for is not known yet: ${formatError(error)}`, error)
    })
    if (isIt(object) && object.spec?.nodeName === this.#options.name) return object
    throw new EgressRouterError('EUSAGE', `pod ${kubeNamespace}/${name} is not, or not any more, the one that the runtime means`)
  }

  #serve(object: V1Pod): void {
    const { uid } = referenceOf(object)
    const keeper = this.#keepers.get(uid)
    if (keeper) keeper.update(object)
    else if (asks(object)) this.#keepers.set(uid, new PodKeeper(object, this.#options))
  }

  #end(uid: string): void {
    const keeper = this.#keepers.get(uid)
    if (!keeper) return
    this.#keepers.delete(uid)
    // what it held may be what another one waits for
    void keeper.close().then(() => this.#poke(other => other.isWaiting))
  }

  /** What an earlier agent made for pods that have gone, or ask for nothing any more. */
  #dropOrphans(): void {
    const { agent, log } = this.#options
    for (const { attachment } of agent.list()) {
      const { id, pod, origin } = attachment
      if (origin !== 'annotations' || (pod?.uid !== undefined && this.#keepers.has(pod.uid))) continue
      log.info('an attachment whose pod is gone is taken away', { attachment: id })
      agent.detach(id).catch(error => log.error(`attachment ${id}: ${formatError(error)}`))
    }
  }

  #listenToAgent(): void {
    const { agent, events, signal } = this.#options
    const keeperOf = ({ pod, origin }: Attachment) => (origin === 'annotations' ? this.#keepers.get(pod?.uid ?? '') : undefined)
    agent.events.observe({
      created(attachment) {
        const keeper = keeperOf(attachment)
        if (!keeper) return
        const { link, settings } = attachment
        const what = settings ? `egress router ${settings.source} by way of ${settings.gateway} on` : 'macvlan'
        events.write(keeper.pod, 'EgressCreated', `${what} link ${link.name}, parent ${link.parent}`)
        keeper.ready(attachment)
      },
      repaired(attachment, operations) {
        const keeper = keeperOf(attachment)
        if (!keeper) return
        events.write(keeper.pod, 'EgressRepaired', `${operations.length} settings had drifted and are as they should be again`)
        keeper.ready(attachment)
      },
      failed(attachment, reason) {
        const keeper = keeperOf(attachment)
        if (!keeper || signal.aborted) return
        events.write(keeper.pod, 'EgressFailed', wordsOf(reason))
        keeper.failing(reason)
      },
      yielded(attachment) {
        const keeper = keeperOf(attachment)
        if (keeper) events.write(keeper.pod, 'EgressYielded', 'another egress-router process looks after the router of this pod now')
      },
      removed: attachment => keeperOf(attachment)?.removed(attachment.id)
    })
  }

  /** New namespaces are new sandboxes, and links that come and go may be parents. */
  #listenToNode(): void {
    const { signal, log } = this.#options
    const soon = (which: (keeper: PodKeeper) => boolean) => {
      let waiting = false
      return () => {
        if (waiting) return
        waiting = true
        setTimeout(() => {
          waiting = false
          if (!signal.aborted) this.#poke(which)
        }, BURST)
      }
    }
    const round = setInterval(() => this.pokeAll(), ROUND)
    signal.addEventListener('abort', () => clearInterval(round), { once: true })
    const newNamespace = soon(keeper => keeper.isWaiting)
    const newLink = soon(keeper => keeper.isWaiting)
    try {
      const watcher = watch(NAMESPACE_FOLDER, { signal, persistent: false }, newNamespace)
      watcher.on('error', error => log.warn(`${NAMESPACE_FOLDER}: ${error.message}`))
    } catch (error) {
      log.warn(`${NAMESPACE_FOLDER} is not watched: ${formatError(error)}`)
    }
    const kernel = openLinux()
    const changes = kernel.changes(signal)
    const listen = async () => {
      for await (const { kind } of changes) if (kind === 'link' || kind === 'lost') newLink()
      kernel[Symbol.dispose]()
    }
    listen().catch(error => log.error(`the node's links are not watched: ${formatError(error)}`))
  }
}
