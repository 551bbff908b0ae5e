import { setTimeout as wait } from 'node:timers/promises'
import { announceRepeatedly } from '../arp/announce.ts'
import type { Port } from '../arp/probe.ts'
import type { EgressConfig } from '../config/shape.ts'
import { formatError } from '../errors.ts'
import type { Change } from '../kernel/kernel.ts'
import type { LinuxKernel } from '../kernel/linux.ts'
import type { Log } from '../observe/log.ts'
import { planRouter, setUp } from './set-up.ts'

/** Changes come in bursts (a link that goes down takes its routes with it): one look serves all of a burst. */
const BURST = 20
/** After a repair that failed, in milliseconds. */
const RETRY = 2000

/** Name under which this program appears in the kernel's records; nftables tells it of whoever changed a table. */
export const PROCESS_NAME = 'egress-router'

export interface KeepOptions {
  readonly log: Log
  readonly signal: AbortSignal
  /** Gives the configuration as it is now, and is asked again before every repair. */
  readonly config: () => EgressConfig
  /** Called when the configuration may have changed, until the signal is aborted. */
  readonly onConfigChange?: (changed: () => void) => void
}

/**
 * Keeps a router that is set up as it should be: looks again after every change in the namespace, repairs what drifted and announces
 * the addresses after the link was away. Rests without a timer. Ends when the signal is aborted, or, standing by, when another
 * egress-router process has changed or removed the table: that one is the newer will of the operator.
 */
export async function keep(kernel: LinuxKernel, first: Port, { log, signal, config, onConfigChange }: KeepOptions): Promise<void> {
  const stop = new AbortController()
  const over = AbortSignal.any([signal, stop.signal])
  const heard: Change[] = []
  let wake = Promise.withResolvers<void>()
  const listening = listen()
  onConfigChange?.(() => wake.resolve())
  let carrier = true
  let port = first
  // something may have changed between the set-up and the moment that listening began
  let dirty = true
  while (!over.aborted) {
    if (!dirty) await wake.promise
    wake = Promise.withResolvers<void>()
    await wait(BURST, undefined, { signal: over }).catch(() => {})
    if (over.aborted) break
    const newer = heard.splice(0).find(isNewerRouter)
    if (newer) {
      log.warn(`another egress-router process (${newer.process?.pid}) changed the router in this namespace: standing by`)
      stop.abort()
      break
    }
    dirty = !(await repair())
  }
  await listening

  async function listen(): Promise<void> {
    for await (const change of kernel.changes(over)) {
      heard.push(change)
      wake.resolve()
    }
    wake.resolve()
  }

  async function repair(): Promise<boolean> {
    try {
      const link = kernel.links().find(entry => entry.name === config().interface)
      const returned = !carrier && link?.carrier === true
      carrier = link?.carrier === true
      if (!link && config().parent === undefined) {
        log.warn(`link ${config().interface} is gone: nothing leaves until it is back`)
        return true
      }
      const drifted = planRouter(kernel, config()).plan.operations.length > 0
      if (!drifted && !returned) return true
      if (drifted) {
        const report = await setUp(kernel, config(), { log, signal: over })
        port = report.port
        log.info('repaired', { operations: report.operations.length })
      }
      announceRepeatedly(
        port,
        config().sources.map(source => source.address),
        over,
        error => log.warn(formatError(error))
      )
      return true
    } catch (error) {
      if (over.aborted) return true
      log.error(`repair failed: ${formatError(error)}`)
      await wait(RETRY, undefined, { signal: over }).catch(() => {})
      return false
    }
  }
}

const isNewerRouter = (change: Change) =>
  change.process !== undefined && change.process.pid !== process.pid && change.process.name === PROCESS_NAME
