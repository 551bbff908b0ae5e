import { EgressRouterError } from '../errors.ts'
import { NetlinkError } from '../netlink/acknowledgement.ts'
import { NETLINK_ROUTE, NetlinkSocket } from '../netlink/socket.ts'
import { NetlinkTables } from '../nftables/netlink-tables.ts'
import type { Ruleset } from '../nftables/ruleset.ts'
import { JsonTables, type Tables } from '../nftables/tables.ts'
import type { ObservedAddress } from '../state/address.ts'
import { elements } from '../state/elements.ts'
import { type Link, type MacvlanCreation, type ObservedLink, OWNED_ALIAS, TEMPORARY_NAME } from '../state/link.ts'
import type { Operation } from '../state/operation.ts'
import { printOperation } from '../state/operation.ts'
import { OUR_TABLE } from '../state/ruleset.ts'
import type { ObservedState } from '../state/state.ts'
import { runAtOnce, runInSlices, type Steps } from '../steps.ts'
import { errno } from '../sys/errno.ts'
import { inNamespace, type Namespace, openNamespace } from '../sys/namespace.ts'
import { isReadOnly, readSysctl } from '../sys/sysctl.ts'
import type { Change, Interest, Kernel } from './kernel.ts'
import { changeAddress, dumpAddresses } from './linux/addresses.ts'
import { monitorChanges } from './linux/changes.ts'
import { creationError } from './linux/creation-error.ts'
import { createMacvlan, deleteLink, dumpLinks, setLink } from './linux/links.ts'
import { changeRoute, dumpRoutes } from './linux/routes.ts'
import { changeRule, dumpRules } from './linux/rules.ts'
import { setSysctl } from './linux/sysctls.ts'
import { isPresent } from './present.ts'
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

export class LinuxKernel implements Kernel {
  readonly namespace: Namespace
  readonly #home: Namespace
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
      sysctls: interest.sysctls.flatMap(key => {
        const value = readSysctl(this.namespace, key)
        return value === undefined ? [] : [{ key, value }]
      }),
      sysctlsReadOnly: interest.sysctls.length > 0 && isReadOnly(this.namespace, 'net/ipv4/ip_forward')
    }
  }

  /** Our table alone. */
  ruleset(interest: Pick<Interest, 'counts'> = {}): Ruleset | undefined {
    return runAtOnce(this.#nftables.list(this.#table, interest))
  }

  /** The links alone: what waiting for one needs. */
  links(): ObservedLink[] {
    return dumpLinks(this.#route)
  }

  /** The addresses alone: what waiting for duplicate address detection needs. */
  addresses(): ObservedAddress[] {
    const names = new Map(this.links().map(entry => [entry.index, entry.name]))
    return dumpAddresses(this.#route, index => names.get(index) ?? `if${index}`)
  }

  /** How `ip` would name the router's namespace, when parents are looked up in another one. */
  get foreignNamespace(): string | undefined {
    return this.#sameHome() ? undefined : this.namespace.label
  }

  apply(operation: Operation): void {
    try {
      if (isOfTables(operation)) runAtOnce(this.#changeTable(operation))
      else this.#apply(operation, printOperation(operation))
    } catch (error) {
      if (isTaken(operation, error) && isPresent(operation, () => this.observe({ sysctls: [] }))) return
      if (!isDone(operation, error)) throw occupied(operation, error)
    }
  }

  async applyInSlices(operation: Operation): Promise<void> {
    if (!isOfTables(operation)) return this.apply(operation)
    try {
      await runInSlices(this.#changeTable(operation))
    } catch (error) {
      if (!isDone(operation, error)) throw error
    }
  }

  #apply(operation: Exclude<Operation, TableOperation>, command: string): void {
    const { verb } = operation
    switch (operation.kind) {
      case 'sysctl':
        return setSysctl(this.namespace, operation.resource, name => this.links().some(entry => entry.name === name && !entry.up))
      case 'link':
        return this.#applyLink(operation, command)
      case 'address':
        return changeAddress(this.#route, oneWay(verb), operation.resource, this.#indexOf(operation.resource.link, command), command)
      case 'route': {
        const { link } = operation.resource
        return changeRoute(
          this.#route,
          oneWay(verb),
          operation.resource,
          link === undefined ? undefined : this.#indexOf(link, command),
          command
        )
      }
      case 'rule':
        return changeRule(this.#route, oneWay(verb), operation.resource, command)
    }
  }

  #changeTable(operation: TableOperation): Steps<void> {
    const { kind, verb } = operation
    if (kind === 'elements') return this.#nftables.changeElements(elements.change(verb, operation.resource, operation.before))
    return verb === 'delete'
      ? this.#nftables.delete(operation.resource.table)
      : this.#nftables.replace(operation.resource, operation.before)
  }

  #applyLink({ verb, resource }: Extract<Operation, { kind: 'link' }>, command: string): void {
    if (verb === 'add') return this.#createLink(resource, command)
    const index = this.#indexOf(resource.name, command)
    if (verb === 'delete') return deleteLink(this.#route, index, command)
    const values = resource.mtu === undefined ? {} : { mtu: resource.mtu }
    setLink(this.#route, index, { up: resource.up, values }, command)
  }

  /**
   * Makes the macvlan under a temporary name, straight in its namespace, marks it and gives it its name last: whoever finds the name
   * finds a whole link. What fails on the way is taken back.
   */
  #createLink(resource: Link, command: string): void {
    if (!resource.creation) throw new EgressRouterError('ELINK', `link ${resource.name} is not there and nobody said how to make it`)
    const { parent, mode, mtu } = resource.creation
    const parents = this.#parentSocket()
    const candidates = dumpLinks(parents)
    const found = candidates.find(entry => entry.name === parent)
    if (!found) throw noParent(parent, candidates)
    this.#removeHalfMade()
    const namespaceFd = this.#sameHome() ? undefined : this.namespace.fd
    try {
      createMacvlan(parents, { name: TEMPORARY_NAME, parentIndex: found.index, mode, mtu, namespaceFd }, command)
    } catch (error) {
      throw creationError(error, resource.creation as MacvlanCreation, found)
    }
    try {
      const index = this.#indexOf(TEMPORARY_NAME, command)
      setLink(this.#route, index, { values: { alias: OWNED_ALIAS } }, command)
      setLink(this.#route, index, { values: { name: resource.name } }, command)
    } catch (error) {
      this.#removeHalfMade()
      throw error
    }
  }

  #removeHalfMade(): void {
    const left = this.links().find(entry => entry.name === TEMPORARY_NAME)
    if (left) deleteLink(this.#route, left.index, `ip link delete dev ${TEMPORARY_NAME}`)
  }

  #sameHome = () => this.#home.own && this.namespace.own

  #parentSocket(): NetlinkSocket {
    if (this.#sameHome()) return this.#route
    this.#parents ??= inNamespace(this.#home, () => new NetlinkSocket(NETLINK_ROUTE))
    return this.#parents
  }

  #indexOf(name: string, command: string): number {
    const found = this.links().find(entry => entry.name === name)
    if (!found)
      throw new NetlinkError(command, errno.ENODEV as number, {
        kernelMessage: undefined,
        hint: `there is no link ${name} in this namespace`
      })
    return found.index
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

type TableOperation = Extract<Operation, { kind: 'ruleset' | 'elements' }>
const isOfTables = (operation: Operation): operation is TableOperation => operation.kind === 'ruleset' || operation.kind === 'elements'

const oneWay = (verb: Operation['verb']): 'add' | 'delete' => (verb === 'delete' ? 'delete' : 'add')

/** Gone already: somebody was faster, the end is the same. */
function isDone(operation: Operation, error: unknown): boolean {
  if (operation.kind === 'ruleset') return operation.verb === 'delete' && /No such file/.test(String((error as Error).message))
  if (!(error instanceof NetlinkError)) return false
  const gone = [errno.ENOENT, errno.ESRCH, errno.ENODEV, errno.EADDRNOTAVAIL]
  if (operation.verb === 'delete') return gone.includes(error.errno)
  return false
}

const isTaken = ({ verb }: Operation, error: unknown): error is NetlinkError =>
  verb === 'add' && error instanceof NetlinkError && error.errno === errno.EEXIST

/** The place is taken by something that does not carry our mark: it is not ours to remove. */
function occupied(operation: Operation, error: unknown): unknown {
  if (!isTaken(operation, error)) return error
  const hints = {
    address: 'another link of this namespace, or another hand, holds the address: ip addr show',
    route: `something else holds this place: ip route show table ${operation.kind === 'route' ? operation.resource.table : 'all'}; remove it or choose EGRESS_TABLE`,
    rule: 'something else holds this place: ip rule show; remove it or choose EGRESS_PRIORITY and EGRESS_MARK'
  } as const
  if (operation.kind !== 'address' && operation.kind !== 'route' && operation.kind !== 'rule') return error
  return new NetlinkError(error.request, error.errno, {
    kernelMessage: error.kernelMessage,
    attribute: error.attribute,
    hint: hints[operation.kind]
  })
}

function noParent(parent: string, links: readonly ObservedLink[]): EgressRouterError {
  const names = links.filter(entry => entry.name !== 'lo').map(entry => entry.name)
  return new EgressRouterError('ELINK', `parent link '${parent}' does not exist`, { hint: `links here: ${names.join(', ') || 'none'}` })
}
