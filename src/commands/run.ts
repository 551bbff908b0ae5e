import { announceInBurst, announceRepeatedly } from '../arp/announce.ts'
import { resolveNeighbor } from '../arp/resolve.ts'
import type { EgressConfig } from '../config/shape.ts'
import { formatError, UsageError } from '../errors.ts'
import { openLinux } from '../kernel/linux.ts'
import type { Log } from '../observe/log.ts'
import { keep, PROCESS_NAME } from '../router/keep.ts'
import { type SetUpReport, setUp } from '../router/set-up.ts'
import { followDestinations } from './destinations.ts'
import { openLog } from './log.ts'
import { type CommandOptions, readConfig } from './options.ts'
import { untilSignalled } from './signals.ts'

/** Sets the router up; then exits (`init`) or keeps it as it should be until SIGTERM or SIGINT (`legacy`). */
export async function run(options: CommandOptions): Promise<number> {
  const started = process.hrtime.bigint()
  const signal = untilSignalled()
  const config = await readConfig(options)
  refuseWhatIsMissing(config)
  const log = openLog(options, config)
  process.title = PROCESS_NAME
  try {
    using kernel = openLinux({ namespace: options.netns })
    const report = await setUp(kernel, config, { log, signal })
    await announce(config, report, log, signal)
    log.info('ready', {
      mode: config.mode,
      sources: config.sources.map(source => source.address),
      redirects: config.redirects.length,
      fallbacks: config.fallbacks.map(fallback => fallback.address),
      changes: report.operations.length,
      milliseconds: Math.round(Number(process.hrtime.bigint() - started) / 1e4) / 100,
      sinceExec: Math.round(performance.now() * 100) / 100
    })
    if (config.mode === 'init') return 0
    const following = followDestinations(config, log, signal)
    await keep(kernel, report.port, { log, signal, config: following.config, onConfigChange: following.onChange })
    if (!signal.aborted) await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
    log.info('stopping: the network stays as it is until the pod goes', { signal: signal.reason })
    return 0
  } catch (error) {
    if (signal.aborted) return 0
    throw error
  }
}

/** Errors: UsageError for what this version cannot do. */
function refuseWhatIsMissing(config: EgressConfig): void {
  if (config.mode === 'http-proxy' || config.mode === 'dns-proxy') {
    throw new UsageError(`EGRESS_ROUTER_MODE '${config.mode}' is not available in this version`, 'use legacy or init')
  }
}

/** Tells the LAN, asks for the gateways; none of it is fatal. */
async function announce(config: EgressConfig, { port }: SetUpReport, log: Log, signal: AbortSignal): Promise<void> {
  const addresses = config.sources.map(source => source.address)
  const failed = (error: unknown) => log.warn(`addresses are not announced: ${formatError(error)}`)
  try {
    if (config.mode === 'init') announceInBurst(port, addresses)
    else announceRepeatedly(port, addresses, signal, failed)
    await Promise.all(
      config.sources.map(async ({ address, gateway }) => {
        const mac = await resolveNeighbor(port, address, gateway)
        if (mac === undefined)
          log.warn(`gateway ${gateway} does not answer`, { hint: 'is EGRESS_GATEWAY right, and the LAN the one of the parent link?' })
        else log.debug(`gateway ${gateway} is at ${mac}`)
      })
    )
  } catch (error) {
    failed(error)
  }
}
