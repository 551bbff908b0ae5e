import type { EgressConfig } from '../config/shape.ts'
import { EgressRouterError } from '../errors.ts'
import type { LinuxKernel } from '../kernel/linux.ts'
import type { Log } from '../observe/log.ts'
import type { ObservedLink } from '../state/link.ts'
import { wait } from '../time.ts'
import type { Aside } from './aside.ts'

export interface Waiting {
  readonly log: Log
  readonly signal: AbortSignal
  readonly aside: Aside
}

export type LinkWish = Pick<EgressConfig, 'interface' | 'linkTimeout'>

/**
 * Waits until there is a link of that name, if there is none: until the kernel tells of it (RTM_NEWLINK; nothing is polled).
 *
 * Errors: EgressRouterError `ELINK` after `linkTimeout` seconds.
 */
export async function waitForLink(kernel: LinuxKernel, config: LinkWish, { log, signal, aside }: Waiting): Promise<void> {
  if (kernel.hasLink(config.interface)) return
  log.info(`waiting for link ${config.interface}`, { timeout: config.linkTimeout })
  if (await aside(() => until(kernel, config, signal, () => true))) return
  throw new EgressRouterError('ELINK', `link ${config.interface} did not appear within ${config.linkTimeout} s`, {
    hint: `annotate the pod with pod.network.openshift.io/assign-macvlan: "true" where a node agent serves it, or name a parent link with EGRESS_PARENT`
  })
}

/**
 * The link as soon as it has carrier.
 *
 * Errors: EgressRouterError `ELINK` after `linkTimeout` seconds.
 */
export async function waitForCarrier(kernel: LinuxKernel, config: LinkWish, { log, signal, aside }: Waiting): Promise<ObservedLink> {
  const ready = (link: ObservedLink) => link.up && link.carrier
  const present = kernel.link(config.interface)
  if (present && ready(present)) return present
  log.info(`waiting for carrier on link ${config.interface}`, { timeout: config.linkTimeout })
  const found = await aside(() => until(kernel, config, signal, ready))
  if (found) return found
  throw new EgressRouterError('ELINK', `link ${config.interface} has no carrier after ${config.linkTimeout} s`, {
    hint: 'its parent link is down or its cable is out: look at the parent on the node (ip link show)'
  })
}

async function until(
  kernel: LinuxKernel,
  { interface: name, linkTimeout }: LinkWish,
  signal: AbortSignal,
  good: (link: ObservedLink) => boolean
): Promise<ObservedLink | undefined> {
  const look = () => {
    const link = kernel.link(name)
    return link && good(link) ? link : undefined
  }
  const found = look()
  if (found) return found
  const late = new AbortController()
  const over = AbortSignal.any([signal, late.signal])
  const timer = wait(linkTimeout * 1000, undefined, { signal: over }).then(
    () => late.abort(),
    () => {}
  )
  try {
    // listening begins before the second look, so that nothing falls between
    const changes = kernel.changes(over)
    const now = look()
    if (now) return now
    for await (const change of changes) {
      const link = change.kind === 'link' || change.kind === 'lost' ? look() : undefined
      if (link) return link
    }
    signal.throwIfAborted()
    return undefined
  } finally {
    late.abort()
    await timer
  }
}
