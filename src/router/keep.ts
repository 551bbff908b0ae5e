import type { LanPort } from '../arp/lan-port.ts'
import type { EgressConfig } from '../config/shape.ts'
import { redirectChange } from '../egress/redirect-change.ts'
import { formatError } from '../errors.ts'
import type { Change } from '../kernel/kernel.ts'
import type { LinuxKernel } from '../kernel/linux.ts'
import { ownProcessId } from '../nftables/own-process.ts'
import type { Log } from '../observe/log.ts'
import type { Plan } from '../reconcile/plan.ts'
import type { Operation } from '../state/operation.ts'
import { wait } from '../time.ts'
import { announce } from './announce.ts'
import { defend } from './defend.ts'
import { forgetStaleFlows } from './flows.ts'
import { planRouterInSlices, setUp } from './set-up.ts'

/** Changes come in bursts (a link that goes down takes its routes with it): one look serves all of a burst. In milliseconds. */
const BURST = 20
/** At least this long between two repairs: somebody may be undoing them. In milliseconds. */
const SPACING = 1000
/** At most this long until the next try when repairs keep failing; a change in the namespace is reason to try sooner. */
const LONGEST_PAUSE = 30_000

/** Up to so many redirects are changed on the spot; a longer list goes the way of every repair, in slices. */
const FEW = 200

/** Name under which this program appears in the kernel's records; nftables tells it of whoever changed a table. */
export const PROCESS_NAME = 'egress-router'

/** Is told what becomes of a router while it is kept. */
export interface KeepObserver {
  repaired?(operations: readonly Operation[]): void
  failed?(error: unknown): void
  /** After a failure everything is as it should be again, whoever saw to it. */
  recovered?(): void
}

export interface KeepOptions {
  readonly log: Log
  readonly observer?: KeepObserver | undefined
  readonly signal: AbortSignal
  /** Gives the configuration as it is now. */
  readonly config: () => EgressConfig
  /** Is given a function to call when the configuration has changed. */
  readonly onConfigChange?: (changed: () => void) => void
}

/**
 * Keeps a router that is set up as it should be: looks again after every change in the namespace, repairs what drifted, defends the
 * addresses and announces them after the link was away. Rests without a timer. Ends when the signal is aborted, or, standing by, when
 * another egress-router process has changed or removed the table: that one is the newer will of the operator. The port is
 * closed at the end.
 */
export async function keep(kernel: LinuxKernel, first: LanPort, options: KeepOptions): Promise<void> {
  const stop = new AbortController()
  const over = AbortSignal.any([options.signal, stop.signal])
  const heard: Change[] = []
  let wake = Promise.withResolvers<void>()
  const listening = listen()
  const keeper = new Keeper(kernel, first, options, over)
  options.onConfigChange?.(() => {
    keeper.hurry()
    wake.resolve()
  })
  // something may have changed between the set-up and the moment that listening began
  let dirty = true
  let pause = SPACING
  while (!over.aborted) {
    if (!dirty) {
      kernel.rest()
      await wake.promise
    }
    wake = Promise.withResolvers<void>()
    await wait(BURST, undefined, { signal: over }).catch(() => {})
    if (over.aborted) break
    const newer = heard.splice(0).find(isNewerRouter)
    if (newer) {
      options.log.warn(`another egress-router process (${newer.process?.pid}) changed the router in this namespace: standing by`)
      stop.abort()
      break
    }
    const { acted, good } = await keeper.look()
    dirty = !good
    if (acted) await wait(SPACING, undefined, { signal: over }).catch(() => {})
    if (good) {
      if (pause > SPACING) options.observer?.recovered?.()
      pause = SPACING
    } else {
      // what the failed repair itself stirred up is no reason to try again
      wake = Promise.withResolvers<void>()
      await sooner(wake.promise, pause - SPACING, over)
      pause = Math.min(2 * pause, LONGEST_PAUSE)
    }
  }
  stop.abort()
  keeper[Symbol.dispose]()
  await listening

  async function listen(): Promise<void> {
    for await (const change of kernel.changes(over)) {
      heard.push(change)
      wake.resolve()
    }
    wake.resolve()
  }
}

/** Waits for `milliseconds`, or less when `reason` comes or the signal is aborted. */
export async function sooner(reason: Promise<void>, milliseconds: number, signal: AbortSignal): Promise<void> {
  const stop = new AbortController()
  await Promise.race([reason, wait(milliseconds, undefined, { signal: AbortSignal.any([signal, stop.signal]) }).catch(() => {})])
  stop.abort()
}

const isNewerRouter = (change: Change) =>
  change.process !== undefined && change.process.pid !== ownProcessId() && change.process.name === PROCESS_NAME

class Keeper implements Disposable {
  readonly #kernel: LinuxKernel
  readonly #options: KeepOptions
  readonly #over: AbortSignal
  #port: LanPort
  #carrier = true
  #missing = false
  #busy = false
  /** The configuration that the namespace was last seen to be in. */
  #settled: EgressConfig | undefined

  constructor(kernel: LinuxKernel, port: LanPort, options: KeepOptions, over: AbortSignal) {
    this.#kernel = kernel
    this.#port = port
    this.#options = options
    this.#over = over
    this.#guard()
  }

  /**
   * Brings a few other redirects into force at once, in one transaction; all else, and what goes wrong here, is left to the look that follows
   * a change of the configuration anyway.
   */
  hurry(): void {
    const { log } = this.#options
    const config = this.#options.config()
    if (this.#busy || !this.#settled) return
    try {
      const operation = redirectChange(this.#settled, config, FEW)
      if (!operation) return
      this.#kernel.apply(operation)
      this.#settled = config
      log.info('redirects have changed')
      forgetStaleFlows(this.#kernel, config, log)
    } catch (error) {
      this.#settled = undefined
      log.debug(`redirects are not changed at once: ${formatError(error)}`)
    }
  }

  /** Looks at everything and repairs it; `good` when nothing is left to do until the next change. */
  async look(): Promise<{ acted: boolean; good: boolean }> {
    this.#busy = true
    try {
      return await this.#look()
    } finally {
      this.#busy = false
    }
  }

  async #look(): Promise<{ acted: boolean; good: boolean }> {
    const { log } = this.#options
    const config = this.#options.config()
    try {
      const link = this.#kernel.link(config.interface)
      if (!link && config.parent === undefined) {
        if (!this.#missing) log.warn(`link ${config.interface} is gone: nothing leaves until it is back`)
        this.#missing = true
        this.#carrier = false
        return { acted: false, good: true }
      }
      this.#missing = false
      const returned = !this.#carrier && link?.carrier === true
      if (this.#carrier && link?.up && !link.carrier) log.warn(`link ${config.interface} has no carrier`)
      this.#carrier = link?.carrier === true
      const planned = await planRouterInSlices(this.#kernel, config)
      const drifted = planned.operations.length > 0
      if (drifted) await this.#repair(config, planned)
      else if (returned) this.#announce(config)
      this.#settled = config
      return { acted: drifted, good: true }
    } catch (error) {
      if (!this.#over.aborted) {
        log.error(`repair failed: ${formatError(error)}`)
        this.#options.observer?.failed?.(error)
      }
      return { acted: true, good: false }
    }
  }

  async #repair(config: EgressConfig, planned: Plan): Promise<void> {
    const { log } = this.#options
    const report = await setUp(this.#kernel, config, { log, signal: this.#over, planned })
    this.#carrier = true
    this.#port[Symbol.dispose]()
    this.#port = report.port
    this.#guard()
    log.info('repaired', { operations: report.operations.length })
    this.#options.observer?.repaired?.(report.operations)
    this.#announce(config)
  }

  #announce(config: EgressConfig): void {
    announce(config, this.#port, { log: this.#options.log, signal: this.#over })
  }

  [Symbol.dispose](): void {
    this.#port[Symbol.dispose]()
  }

  /** Listens for others that use our addresses, and for nothing else. */
  #guard(): void {
    const { log, config } = this.#options
    defend(this.#port, config().sources, log)
  }
}
