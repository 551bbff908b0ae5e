import { NETLINK_ROUTE, NetlinkSocket } from '../netlink/socket.ts'
import { NetlinkTables } from '../nftables/netlink-tables.ts'
import type { Ruleset } from '../nftables/ruleset.ts'
import { JsonTables, type Tables } from '../nftables/tables.ts'
import type { ObservedAddress } from '../state/address.ts'
import { elements } from '../state/elements.ts'
import type { ObservedLink } from '../state/link.ts'
import { isOfTables, type Operation, type TableOperation } from '../state/operation.ts'
import { OUR_TABLE } from '../state/ruleset.ts'
import type { ObservedState } from '../state/state.ts'
import type { Sysctl } from '../state/sysctl.ts'
import { runAtOnce, runInSlices, type Steps } from '../steps.ts'
import { inNamespace, type Namespace, openNamespace, sameNamespace } from '../sys/namespace.ts'
import { isReadOnly, readSysctls } from '../sys/sysctl.ts'
import type { Applied, Change, Interest, Kernel } from './kernel.ts'
import { dumpAddresses } from './linux/addresses.ts'
import { monitorChanges } from './linux/changes.ts'
import { dumpLinks, getLink, linkIndex } from './linux/links.ts'
import { performAll } from './linux/perform.ts'
import { isDone } from './linux/refusals.ts'
import { dumpRoutes } from './linux/routes.ts'
import { dumpRules } from './linux/rules.ts'
import { setSysctl } from './linux/sysctls.ts'
import { queue } from './queue.ts'

export interface LinuxOptions {
  /** The router's network namespace: a path, a process id or a name; the process' own when absent. */
  readonly namespace?: string | number | undefined
  /** The namespace in which parents of macvlan links are looked up; the process' own when absent. */
  readonly parentNamespace?: string | number | undefined
  /** Name of the nftables table. */
  readonly table?: string | undefined
  /** How elements of sets and maps are written and read: by messages of our own, or by libnftables' JSON, the reference. */
  readonly elements?: 'netlink' | 'json' | undefined
}

/**
 * Opens the kernel for a network namespace. The handle stays with that namespace, wherever the process goes.
 *
 * Errors: EgressRouterError `EUSAGE` (no such namespace), `ECAPABILITY` (it may not be entered).
 */
export function openLinux(options: LinuxOptions = {}): LinuxKernel {
  return new LinuxKernel(options)
}

/** A link of the process' own namespace, where parents are. */
export function linkAtHome(name: string): ObservedLink | undefined {
  using kernel = openLinux()
  return kernel.link(name)
}

export class LinuxKernel implements Kernel {
  readonly namespace: Namespace
  readonly #home: Namespace
  /** Whether parents are in the router's own namespace. */
  readonly #atHome: boolean
  readonly #table: string
  readonly #route: NetlinkSocket
  #parents: NetlinkSocket | undefined
  readonly #elements: 'netlink' | 'json'
  #tables: Tables | undefined

  constructor(options: LinuxOptions) {
    this.#table = options.table ?? OUR_TABLE
    this.#elements = options.elements ?? 'netlink'
    this.namespace = openNamespace(options.namespace)
    this.#home = openNamespace(options.parentNamespace)
    this.#atHome = sameNamespace(this.#home, this.namespace)
    this.#route = inNamespace(this.namespace, () => new NetlinkSocket(NETLINK_ROUTE))
  }

  get #nftables(): Tables {
    const inPlace = <T>(open: () => T) => inNamespace(this.namespace, open)
    this.#tables ??= this.#elements === 'json' ? inPlace(() => new JsonTables()) : new NetlinkTables(inPlace)
    return this.#tables
  }

  observe(interest: Interest): ObservedState {
    return { ...this.#observeNetwork(interest), ruleset: this.ruleset(interest) }
  }

  async observeInSlices(interest: Interest): Promise<ObservedState> {
    const ruleset = await runInSlices(this.#nftables.list(this.#table, interest))
    return { ...this.#observeNetwork(interest), ruleset }
  }

  #observeNetwork(interest: Interest): ObservedState {
    const links = this.links()
    const names = new Map(links.map(entry => [entry.index, entry.name]))
    const nameOf = (index: number) => names.get(index) ?? `if${index}`
    return {
      links,
      addresses: dumpAddresses(this.#route, nameOf),
      routes: dumpRoutes(this.#route, nameOf),
      rules: dumpRules(this.#route),
      sysctls: this.sysctls(interest),
      sysctlsReadOnly: interest.sysctls.length > 0 && isReadOnly(this.namespace, 'net/ipv4/ip_forward')
    }
  }

  /** The sysctls alone. */
  sysctls(interest: Pick<Interest, 'sysctls'>): Sysctl[] {
    return readSysctls(this.namespace, interest.sysctls)
  }

  /** Our table alone. */
  ruleset(interest: Pick<Interest, 'counts'> = {}): Ruleset | undefined {
    return runAtOnce(this.#nftables.list(this.#table, interest))
  }

  links(): ObservedLink[] {
    return dumpLinks(this.#route)
  }

  /** One link by its name: what waiting for it needs. */
  link(name: string): ObservedLink | undefined {
    return getLink(this.#route, name)
  }

  /** Whether there is a link of that name, for a fraction of the cost. */
  hasLink(name: string): boolean {
    return linkIndex(this.#route, name) !== undefined
  }

  /** The addresses alone: what waiting for duplicate address detection needs. */
  addresses(): ObservedAddress[] {
    const names = new Map(this.links().map(entry => [entry.index, entry.name]))
    return dumpAddresses(this.#route, index => names.get(index) ?? `if${index}`)
  }

  /** How `ip` would name the router's namespace, when parents are looked up in another one. */
  get foreignNamespace(): string | undefined {
    return this.#atHome ? undefined : this.namespace.label
  }

  apply(operation: Operation): void {
    const { failure } = this.applyAll([operation])
    if (failure) throw failure.error
  }

  applyAll(operations: readonly Operation[]): Applied {
    return performAll(operations, {
      socket: this.#route,
      parents: () => this.#parentSocket(),
      namespaceFd: this.#atHome ? undefined : this.namespace.fd,
      observe: () => this.#observeNetwork({ sysctls: [] }),
      perform: operation => {
        if (isOfTables(operation)) runAtOnce(this.#changeTable(operation))
        else setSysctl(this.namespace, operation.resource, name => this.link(name)?.up === false)
      }
    })
  }

  async applyInSlices(operation: Operation): Promise<void> {
    if (!isOfTables(operation)) return this.apply(operation)
    try {
      await runInSlices(this.#changeTable(operation))
    } catch (error) {
      if (!isDone(operation, error)) throw error
    }
  }

  #changeTable(operation: TableOperation): Steps<void> {
    const { kind, verb } = operation
    if (kind === 'elements') return this.#nftables.changeElements(elements.change(verb, operation.resource, operation.before))
    return verb === 'delete'
      ? this.#nftables.delete(operation.resource.table)
      : this.#nftables.replace(operation.resource, operation.before)
  }

  #parentSocket(): NetlinkSocket {
    if (this.#atHome) return this.#route
    this.#parents ??= inNamespace(this.#home, () => new NetlinkSocket(NETLINK_ROUTE))
    return this.#parents
  }

  /** Nothing is asked for some time: gives back what the next call can take again. A process may hold many namespaces. */
  rest(): void {
    this.#tables?.rest()
    this.#parents?.[Symbol.dispose]()
    this.#parents = undefined
  }

  /** Listens from the moment of the call, before the first item is asked for. */
  changes(signal: AbortSignal): AsyncIterable<Change> {
    const { push, drain } = queue<Change>(signal)
    const monitor = inNamespace(this.namespace, () => monitorChanges(this.#table, push))
    signal.addEventListener('abort', () => monitor[Symbol.dispose](), { once: true })
    return drain()
  }

  [Symbol.dispose](): void {
    this.#route[Symbol.dispose]()
    this.#parents?.[Symbol.dispose]()
    this.#tables?.[Symbol.dispose]()
    this.namespace[Symbol.dispose]()
    this.#home[Symbol.dispose]()
  }
}
