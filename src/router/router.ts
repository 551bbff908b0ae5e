import type { EgressConfig } from '../config/shape.ts'
import { openLinux } from '../kernel/linux.ts'
import { type Log, silent } from '../observe/log.ts'
import type { Plan } from '../reconcile/plan.ts'
import type { Operation } from '../state/operation.ts'
import { announce } from './announce.ts'
import type { Aside } from './aside.ts'
import { type KeepObserver, keep } from './keep.ts'
import { planRouter, type SetUpReport, setUp } from './set-up.ts'
import { tearDown } from './tear-down.ts'
import { describeRouter, type RouterView } from './view.ts'

export interface RouterOptions {
  readonly config: EgressConfig
  /** The router's network namespace: a path, a process id or a name; the process' own when absent. */
  readonly namespace?: string | number | undefined
  /** Where a parent link is looked up; the process' own namespace when absent. */
  readonly parentNamespace?: string | number | undefined
  readonly log?: Log | undefined
}

/** One router in one namespace. */
export interface EgressRouter extends Disposable {
  /** What `setUp` would change now. Changes nothing. */
  plan(): Plan
  /**
   * Brings the router up from whatever state the namespace is in, probes for conflicts and announces the addresses. After an error
   * everything that this call did is taken back. `aside` performs what only waits: for carrier, for other holders of an address.
   *
   * Errors: EgressRouterError `ECAPABILITY`, `ELINK`; ConflictError, NetlinkError, NftablesError.
   */
  setUp(signal?: AbortSignal, aside?: Aside): Promise<SetUpReport>
  /**
   * Looks again after every change in the namespace and repairs what drifted, until the signal is aborted, or until another
   * egress-router process has taken the router over. Call `setUp` first.
   */
  watch(signal: AbortSignal, observer?: KeepObserver): Promise<void>
  /**
   * Other destinations or sources from now on; takes effect at the next `setUp` or, while the router is watched, at once: a few other redirects
   * before this returns, all else by a repair.
   */
  reconfigure(config: EgressConfig): void
  /** The router as the kernel has it. */
  view(): RouterView
  /** Removes everything of ours, the ruleset last. */
  tearDown(): readonly Operation[]
}

/**
 * Opens a router in a namespace; nothing is changed yet.
 *
 * Errors: EgressRouterError `EUSAGE` (no such namespace), `ECAPABILITY` (it may not be entered).
 */
export function openRouter({ config: first, namespace, parentNamespace, log = silent }: RouterOptions): EgressRouter {
  const kernel = openLinux({ namespace, parentNamespace })
  const background = new AbortController()
  let config = first
  let report: SetUpReport | undefined
  let changed: () => void = () => {}
  return {
    plan: () => planRouter(kernel, config).plan,
    async setUp(signal = background.signal, aside) {
      const done = await setUp(kernel, config, { log, signal, aside })
      report?.port[Symbol.dispose]()
      report = done
      announce(config, report.port, { log, signal: background.signal, atOnce: config.after !== 'stay' })
      return report
    },
    async watch(signal, observer) {
      const { port } = report ?? (await setUp(kernel, config, { log, signal }))
      // it is closed at the end: who watches again needs another one
      report = undefined
      const onConfigChange = (tell: () => void) => {
        changed = tell
      }
      const over = AbortSignal.any([signal, background.signal])
      await keep(kernel, port, { log, observer, signal: over, config: () => config, onConfigChange })
    },
    reconfigure(next) {
      config = next
      changed()
    },
    view: () => describeRouter(kernel.observe({ sysctls: [], counts: true }), config),
    tearDown: () => tearDown(kernel, config.numbers),
    [Symbol.dispose]() {
      background.abort()
      report?.port[Symbol.dispose]()
      kernel[Symbol.dispose]()
    }
  }
}
