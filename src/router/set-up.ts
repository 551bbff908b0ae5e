import { LanPort } from '../arp/lan-port.ts'
import type { EgressConfig } from '../config/shape.ts'
import { sourceAddresses } from '../config/source-address.ts'
import { compile, interestOf } from '../egress/compile.ts'
import { clusterLink } from '../egress/interface.ts'
import { refuseNames } from '../egress/redirect.ts'
import { packingMaps } from '../egress/redirect-maps.ts'
import { EgressRouterError } from '../errors.ts'
import type { LinuxKernel } from '../kernel/linux.ts'
import { NetlinkError, needsNetAdmin } from '../netlink/acknowledgement.ts'
import { comparing } from '../nftables/transition.ts'
import type { Log } from '../observe/log.ts'
import { applyInSlices, undo } from '../reconcile/apply.ts'
import { type Plan, plan } from '../reconcile/plan.ts'
import type { Operation } from '../state/operation.ts'
import { printOperation } from '../state/operation.ts'
import type { ObservedState } from '../state/state.ts'
import { runInSlices } from '../steps.ts'
import { hasCapability } from '../sys/capabilities.ts'
import { errno } from '../sys/errno.ts'
import { othersTurn } from '../time.ts'
import type { Aside } from './aside.ts'
import { DadWatch, probeAddresses } from './conflict.ts'
import { forgetStaleFlows } from './flows.ts'
import { waitForCarrier, waitForLink } from './link.ts'

export interface SetUpOptions {
  readonly log: Log
  readonly signal: AbortSignal
  readonly aside?: Aside | undefined
  /** The plan, when it has been made just now. */
  readonly planned?: Plan | undefined
}

/** What a set-up has done, and the link as the LAN sees it now. The port is the caller's to close. */
export interface SetUpReport {
  readonly operations: readonly Operation[]
  readonly port: LanPort
}

/** What would be changed now. Errors: as `compile`. */
export function planRouter(kernel: LinuxKernel, config: EgressConfig): { plan: Plan; observed: ObservedState } {
  const observed = withClusterLink(kernel, config, kernel.observe(interestOf(config)))
  return { plan: plan(compile(config, observed, kernel.foreignNamespace), observed), observed }
}

/** The same without holding up the event loop while the table is read and compared. */
export async function planRouterInSlices(kernel: LinuxKernel, config: EgressConfig): Promise<Plan> {
  const observed = withClusterLink(kernel, config, await kernel.observeInSlices(interestOf(config)))
  await othersTurn()
  for (const { family } of config.sources) await runInSlices(packingMaps(config.redirects, family))
  await othersTurn()
  const desired = compile(config, observed, kernel.foreignNamespace)
  if (desired.ruleset && observed.ruleset) await runInSlices(comparing(desired.ruleset, observed.ruleset))
  await othersTurn()
  return plan(desired, observed)
}

/** Which link is the cluster's shows only in what is there: when it is not the usual one, its sysctls are read as well. */
function withClusterLink(kernel: LinuxKernel, config: EgressConfig, observed: ObservedState): ObservedState {
  const { name: clusterInterface } = clusterLink(config, observed)
  if (clusterInterface === config.clusterInterface) return observed
  return { ...observed, sysctls: kernel.sysctls(interestOf({ ...config, clusterInterface })) }
}

/**
 * Brings the router up, from whatever state the namespace is in: link, ruleset, sysctls, link up and with carrier, conflict probe,
 * addresses, routes, rules. What is in sync already is left alone; after an error everything that this call did is taken back.
 *
 * Errors: EgressRouterError `EUSAGE` (a destination by name), `ECAPABILITY`, `ELINK`, ConflictError, NetlinkError, NftablesError.
 */
export async function setUp(
  kernel: LinuxKernel,
  config: EgressConfig,
  { log, signal, planned, aside = wait => wait() }: SetUpOptions
): Promise<SetUpReport> {
  // said at once, and not after the wait for a link
  refuseNames(config)
  if (!hasCapability('CAP_NET_ADMIN')) {
    throw new EgressRouterError('ECAPABILITY', 'the network cannot be configured: CAP_NET_ADMIN is missing', { hint: needsNetAdmin })
  }
  if (config.parent === undefined) await waitForLink(kernel, config, { log, signal, aside })
  let port: LanPort | undefined
  const done: Operation[] = []
  const perform = async (operations: readonly Operation[]) => {
    if (!log.discreet) for (const operation of operations) log.debug(printOperation(operation))
    done.push(...(await applyInSlices(operations, kernel)).done)
  }
  try {
    const { first, addresses, last } = stages(planned ?? (await planRouterInSlices(kernel, config)))
    await perform(first)
    const link = await waitForCarrier(kernel, config, { log, signal, aside })
    if (link.mac === undefined) throw new EgressRouterError('ELINK', `link ${link.name} has no link-layer address`)
    port = new LanPort(kernel.namespace, link.index, link.mac, heardOf(config))
    const claimed = addresses.map(operation => operation.resource)
    const lan = port
    if (claimed.length > 0 && config.conflictProbe !== 'off')
      await aside(() => probeAddresses(lan, claimed, config.conflictProbe, log, signal))
    using dad = new DadWatch(port, claimed)
    const awaited = sourceAddresses(config.sources, 'ipv6')
    if (awaited.length > 0) {
      await perform(addresses)
      await aside(() => dad.settled(kernel, config.interface, awaited, signal))
      await perform(last)
    } else {
      // nothing to wait for: all in one go
      await perform([...addresses, ...last])
    }
    if (done.some(operation => operation.kind === 'ruleset')) forgetStaleFlows(kernel, config, log)
    return { operations: done, port }
  } catch (error) {
    port?.[Symbol.dispose]()
    undo(done, kernel)
    throw inOurWords(error, config)
  }
}

/** IPv4 neighbours whose ARP messages matter while the router is brought up. */
const heardOf = ({ sources }: EgressConfig) => [
  ...sourceAddresses(sources, 'ipv4'),
  ...sources.filter(source => source.family === 'ipv4').map(source => source.gateway)
]

/** Before the addresses are claimed, the claim itself, and what sends packets their way. */
function stages({ operations }: Plan) {
  const isClaim = (operation: Operation): operation is Extract<Operation, { kind: 'address' }> =>
    operation.kind === 'address' && operation.verb === 'add'
  const at = operations.findIndex(
    operation => isClaim(operation) || ((operation.kind === 'route' || operation.kind === 'rule') && operation.verb === 'add')
  )
  const split = at < 0 ? operations.length : at
  const rest = operations.slice(split)
  return { first: operations.slice(0, split), addresses: rest.filter(isClaim), last: rest.filter(operation => !isClaim(operation)) }
}

/** The kernel has no words of its own for these: a macvlan that is to go up on a parent that is down, or to be larger than its parent. */
function inOurWords(error: unknown, { interface: name, mtu }: EgressConfig): unknown {
  if (!(error instanceof NetlinkError) || !error.request.startsWith('ip link set')) return error
  if (error.errno === errno.ENETDOWN) {
    return new EgressRouterError('ELINK', `link ${name} cannot go up: its parent link is down`, {
      hint: 'bring the parent up on the node (ip link set dev PARENT up)',
      cause: error
    })
  }
  if (error.errno === errno.EINVAL && mtu !== undefined) {
    return new EgressRouterError('ELINK', `link ${name} does not take an MTU of ${mtu}`, {
      hint: "a macvlan's MTU can be at most its parent's: look at the parent (ip link show), or leave EGRESS_MTU out",
      cause: error
    })
  }
  return error
}
