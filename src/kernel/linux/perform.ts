import { EgressRouterError } from '../../errors.ts'
import { NetlinkError } from '../../netlink/acknowledgement.ts'
import type { Outcome, Unnamed } from '../../netlink/request.ts'
import type { NetlinkSocket } from '../../netlink/socket.ts'
import { type Link, OWNED_ALIAS, TEMPORARY_NAME } from '../../state/link.ts'
import type { Operation } from '../../state/operation.ts'
import { printOperation } from '../../state/operation.ts'
import type { ObservedState } from '../../state/state.ts'
import { errno } from '../../sys/errno.ts'
import type { Applied } from '../kernel.ts'
import { isPresent } from '../present.ts'
import { addressRequest } from './addresses.ts'
import { creationError, noParent } from './creation-error.ts'
import { dumpLinks, getLink, linkDeletion, linkIndex, linkRequest, macvlanRequest } from './links.ts'
import { isDone, isTaken, occupied } from './refusals.ts'
import { routeRequest } from './routes.ts'
import { ruleRequest } from './rules.ts'

/** What operations are performed with. */
export interface Means {
  readonly socket: NetlinkSocket
  /** The socket of the namespace that holds parents. */
  parents(): NetlinkSocket
  /** Descriptor of the router's namespace, when parents are in another one. */
  readonly namespaceFd: number | undefined
  /** Does what is no matter of rtnetlink. */
  perform(operation: Extract<Operation, { kind: 'ruleset' | 'elements' | 'sysctl' }>): void
  /** Reads what there is, when something is there already. */
  observe(): Pick<ObservedState, 'addresses' | 'routes' | 'rules'>
}

/**
 * Does operations in their order. Those of rtnetlink that stand next to each other go out together, and the index of a link is asked for
 * once.
 */
export function performAll(operations: readonly Operation[], means: Means): Applied {
  const performance = new Performance(means)
  for (const operation of operations) if (!performance.take(operation)) break
  return performance.finish()
}

class Performance {
  readonly #means: Means
  readonly #indexes = new Map<string, number>()
  readonly #done: Operation[] = []
  /** What waits to be sent, and the requests for it, at the same places. */
  #waiting: Operation[] = []
  #requests: Unnamed[] = []
  #failure: Applied['failure']
  /** Index of the link that is being made. */
  #made: number | undefined

  constructor(means: Means) {
    this.#means = means
  }

  /** Whether to go on. */
  take(operation: Operation): boolean {
    try {
      const request = this.#begin(operation)
      if (request) {
        this.#waiting.push(operation)
        this.#requests.push(request)
      } else if (this.#failure === undefined) this.#done.push(operation)
    } catch (error) {
      // what waits stands before this one
      this.#send()
      this.#note(operation, error, false)
    }
    return this.#failure === undefined
  }

  finish(): Applied {
    this.#send()
    return { done: this.#done, failure: this.#failure }
  }

  /** The request that is left to send, or undefined when the operation has been done, or is not begun as an earlier one has failed. */
  #begin(operation: Operation): Unnamed | undefined {
    const { verb } = operation
    switch (operation.kind) {
      case 'ruleset':
      case 'elements':
      case 'sysctl':
        if (this.#send()) this.#means.perform(operation)
        return undefined
      case 'link':
        if (verb === 'add') return this.#send() ? this.#create(operation.resource, operation) : undefined
        return this.#linkRequest(operation)
      case 'address':
        return addressRequest(oneWay(verb), operation.resource, this.#indexOf(operation.resource.link, operation))
      case 'route': {
        const { link } = operation.resource
        return routeRequest(oneWay(verb), operation.resource, link === undefined ? undefined : this.#indexOf(link, operation))
      }
      case 'rule':
        return ruleRequest(oneWay(verb), operation.resource)
    }
  }

  #linkRequest(operation: Extract<Operation, { kind: 'link' }>): Unnamed {
    const { verb, resource } = operation
    const index = this.#indexOf(resource.name, operation)
    if (verb !== 'delete') return linkRequest(index, { up: resource.up, values: resource.mtu === undefined ? {} : { mtu: resource.mtu } })
    this.#indexes.delete(resource.name)
    return linkDeletion(index)
  }

  /**
   * Makes the macvlan, straight in its namespace and under its name (a name that is given later costs the kernel more than the link
   * itself). What is left to send says that it is ours.
   */
  #create(resource: Link, operation: Operation): Unnamed {
    this.#made = undefined
    const { name, creation } = resource
    if (!creation) throw new EgressRouterError('ELINK', `link ${name} is not there and nobody said how to make it`)
    const { parent, mode, mtu } = creation
    const { namespaceFd } = this.#means
    const parents = this.#means.parents()
    const parentIndex = linkIndex(parents, parent)
    if (parentIndex === undefined) throw noParent(parent, dumpLinks(parents))
    let first = name
    try {
      first = this.#make(name, as => {
        const [outcome] = parents.requestAll([macvlanRequest({ name: as, parentIndex, mode, mtu, namespaceFd })], () =>
          printOperation(operation)
        )
        if (outcome?.error) throw outcome.error
      })
    } catch (error) {
      throw creationError(error, creation, getLink(parents, parent))
    }
    this.#indexes.delete(first)
    this.#made = this.#indexOf(first, operation)
    this.#indexes.set(name, this.#made)
    return linkRequest(this.#made, { values: { ...(first !== name && { name }), alias: OWNED_ALIAS, group: 0 } })
  }

  /** Makes a link by a name, or where that cannot be by another one that it is to lose; gives the name that it has. */
  #make(name: string, make: (name: string) => void): string {
    try {
      make(name)
      return name
    } catch (error) {
      if (!(error instanceof NetlinkError) || error.errno !== errno.EEXIST) throw error
      // of an earlier run, which was ended in between
      if (this.#removeHalfMade(name)) {
        make(name)
        return name
      }
      if (linkIndex(this.#means.socket, name) !== undefined) throw error
      // kernels before 6.14 look for the name among the links beside the parent, too
      this.#removeHalfMade(TEMPORARY_NAME)
      make(TEMPORARY_NAME)
      return TEMPORARY_NAME
    }
  }

  /** Whether there was one. */
  #removeHalfMade(name: string): boolean {
    const { socket } = this.#means
    const left = getLink(socket, name)
    if (left?.halfMade) socket.request({ command: `ip link delete dev ${name}`, ...linkDeletion(left.index) })
    return left?.halfMade === true
  }

  #indexOf(name: string, operation: Operation): number {
    const index = this.#indexes.get(name) ?? linkIndex(this.#means.socket, name)
    if (index === undefined) {
      throw new NetlinkError(printOperation(operation), errno.ENODEV, { hint: `there is no link ${name} in this namespace` })
    }
    this.#indexes.set(name, index)
    return index
  }

  /** Sends what waits; whether nothing has failed. */
  #send(): boolean {
    const sent = this.#waiting
    if (sent.length > 0) {
      const outcomes = this.#means.socket.requestAll(this.#requests, place => printOperation(sent[place] as Operation))
      this.#waiting = []
      this.#requests = []
      for (let n = 0; n < sent.length; n++) {
        const operation = sent[n] as Operation
        const { error, lost = false } = outcomes[n] as Outcome
        if (error === undefined) this.#done.push(operation)
        else this.#note(operation, error, lost)
      }
    }
    return this.#failure === undefined
  }

  #note(operation: Operation, error: unknown, lost: boolean): void {
    const there = isTaken(operation, error) && isPresent(operation, () => this.#means.observe())
    if (there || isDone(operation, error)) {
      this.#done.push(operation)
      return
    }
    if (operation.kind === 'link' && operation.verb === 'add') this.#forget(operation.resource.name)
    // what may have happened beside the first that failed is taken back with what has
    if (lost && this.#failure) this.#done.push(operation)
    this.#failure ??= { operation, error: occupied(operation, error), lost }
  }

  /** Removes what there is of a link that could not be made; never one of that name which was there before. */
  #forget(name: string): void {
    const { socket } = this.#means
    try {
      if (this.#made === undefined) this.#removeHalfMade(name)
      else socket.request({ command: `ip link delete dev ${name}`, ...linkDeletion(this.#made) })
    } catch {
      // the next run does; the refusal that led here is the error to tell
    }
  }
}

const oneWay = (verb: Operation['verb']): 'add' | 'delete' => (verb === 'delete' ? 'delete' : 'add')
