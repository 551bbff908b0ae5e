import { NetlinkError } from '../netlink/acknowledgement.ts'
import { NftablesError } from '../nftables/error.ts'
import type { Operation } from '../state/operation.ts'
import { printOperation } from '../state/operation.ts'
import { OUR_TABLE } from '../state/ruleset.ts'
import type { ObservedState } from '../state/state.ts'
import { errno } from '../sys/errno.ts'
import { addAddress, deleteAddress } from './fake/addresses.ts'
import { dumpWorld } from './fake/dump.ts'
import { changeLink, createMacvlan, deleteLink, observedLinks, plug } from './fake/links.ts'
import { addRoute, deleteRoute } from './fake/routes.ts'
import { addRule, deleteRule, freshRules } from './fake/rules.ts'
import { cannotSet, freshSysctls, writeSysctl } from './fake/sysctls.ts'
import { changeElements, changeRuleset } from './fake/tables.ts'
import { copyOf, type FakeLink, type World } from './fake/world.ts'
import type { Applied, Change, Interest, Kernel } from './kernel.ts'
import { isPresent } from './present.ts'
import { queue } from './queue.ts'

/**
 * A kernel in memory, for tests: it does what Linux does with the objects of a router and refuses what Linux refuses, with the same
 * errors. The contract suite holds both to the same answers.
 */
export class FakeKernel implements Kernel {
  #world: World
  readonly #table: string
  readonly #listeners = new Set<(change: Change) => void>()
  #untilFault = 0
  /** As in an ordinary container, where /proc/sys is mounted read-only. */
  sysctlsReadOnly = false

  constructor(table = OUR_TABLE) {
    this.#table = table
    this.#world = {
      links: [{ name: 'lo', index: 1, up: false, mtu: 65536, mac: '00:00:00:00:00:00', kind: 'loopback', cable: true }],
      addresses: [],
      routes: [],
      rules: freshRules(),
      sysctls: freshSysctls(),
      tables: new Map(),
      nextIndex: 2,
      told: []
    }
  }

  observe({ sysctls }: Interest): ObservedState {
    const world = this.#world
    return {
      links: observedLinks(world).map(({ kind, ...link }) => (kind === 'loopback' ? link : { ...link, kind })),
      addresses: [...world.addresses],
      routes: [...world.routes],
      rules: [...world.rules],
      sysctls: sysctls.flatMap(key => {
        const value = world.sysctls.get(key)
        return value === undefined ? [] : [{ key, value }]
      }),
      sysctlsReadOnly: sysctls.length > 0 && this.sysctlsReadOnly,
      ruleset: world.tables.get(this.#table)
    }
  }

  apply(operation: Operation): void {
    if (this.#untilFault > 0 && --this.#untilFault === 0) throw faultOf(operation)
    if (operation.kind === 'sysctl' && this.sysctlsReadOnly) throw cannotSet(operation.resource, 'EROFS')
    this.#commit(world => {
      try {
        change(world, operation)
      } catch (error) {
        const done = operation.verb === 'delete' ? isGone(error) : isTaken(error) && isPresent(operation, () => world)
        if (!done) throw error
      }
    })
  }

  async observeInSlices(interest: Interest): Promise<ObservedState> {
    return this.observe(interest)
  }

  async applyInSlices(operation: Operation): Promise<void> {
    this.apply(operation)
  }

  applyAll(operations: readonly Operation[]): Applied {
    const done: Operation[] = []
    for (const operation of operations) {
      try {
        this.apply(operation)
        done.push(operation)
      } catch (error) {
        return { done, failure: { operation, error, lost: false } }
      }
    }
    return { done }
  }

  /** Lets the k-th change from now fail, counted from 1, as if memory had run out. */
  failAt(k: number): void {
    this.#untilFault = k
  }

  /** A link appears, as another program would make it: down, unless said otherwise, and with a cable. */
  plug(link: Partial<FakeLink> & { name: string }): void {
    this.#commit(world => plug(world, link))
  }

  /** A link goes, and what hangs on it. */
  unplug(name: string): void {
    this.#commit(world => deleteLink(world, name, `ip link delete dev ${name}`))
  }

  /** Listens from the moment of the call. */
  changes(signal: AbortSignal): AsyncIterable<Change> {
    const { push, drain } = queue<Change>(signal)
    this.#listeners.add(push)
    signal.addEventListener('abort', () => this.#listeners.delete(push), { once: true })
    return drain()
  }

  /** Everything there is, a line each, in an order that does not depend on how it came about. */
  dump(): string {
    return dumpWorld(this.#world)
  }

  [Symbol.dispose](): void {
    this.#listeners.clear()
  }

  #commit(work: (world: World) => void): void {
    const next = copyOf(this.#world)
    work(next)
    this.#world = next
    for (const kind of next.told.splice(0)) {
      const told: Change = kind === 'ruleset' ? { kind, process: { pid: process.pid, name: process.title } } : { kind }
      for (const tell of this.#listeners) tell(told)
    }
  }
}

function change(world: World, operation: Operation): void {
  const { kind, verb, resource } = operation
  if (kind === 'ruleset') return changeRuleset(world, verb, resource, operation.before)
  if (kind === 'elements') return changeElements(world, verb, resource, operation.before)
  const gone = verb === 'delete'
  const command = printOperation(operation)
  switch (kind) {
    case 'sysctl':
      return writeSysctl(world, resource)
    case 'link':
      if (verb === 'add') return createMacvlan(world, resource, command)
      return gone ? deleteLink(world, resource.name, command) : changeLink(world, resource, command)
    case 'address':
      return (gone ? deleteAddress : addAddress)(world, resource, command)
    case 'route':
      return (gone ? deleteRoute : addRoute)(world, resource, command)
    case 'rule':
      return (gone ? deleteRule : addRule)(world, resource, command)
  }
}

/** What is to be deleted and is not there is deleted. */
function isGone(error: unknown): boolean {
  if (error instanceof NftablesError) return /No such file/.test(error.words)
  return error instanceof NetlinkError && [errno.ENOENT, errno.ESRCH, errno.ENODEV, errno.EADDRNOTAVAIL].includes(error.errno)
}

const isTaken = (error: unknown) => error instanceof NetlinkError && error.errno === errno.EEXIST

const faultOf = (operation: Operation) =>
  operation.kind === 'ruleset' || operation.kind === 'elements'
    ? new NftablesError(printOperation(operation), 'Cannot allocate memory')
    : new NetlinkError(printOperation(operation), errno.ENOBUFS)
