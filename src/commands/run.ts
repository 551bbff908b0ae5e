import { resolveNeighbor } from '../arp/resolve.ts'
import type { EgressConfig } from '../config/shape.ts'
import { formatError } from '../errors.ts'
import type { Log } from '../observe/log.ts'
import { announce } from '../router/announce.ts'
import { keep, PROCESS_NAME } from '../router/keep.ts'
import { type SetUpReport, setUp } from '../router/set-up.ts'
import { giveBackMemory } from '../sys/memory.ts'
import { refuseUnavailableMode } from './available.ts'
import { followDestinations } from './destinations.ts'
import { openKernel } from './kernel.ts'
import { openLog } from './log.ts'
import { type CommandOptions, readConfig } from './options.ts'
import { pause, refuseWithoutPause } from './pause.ts'
import { untilSignalled } from './signals.ts'

/** Sets the router up; then exits, becomes a program that waits, or keeps it as it should be until SIGTERM or SIGINT. */
export async function run(options: CommandOptions): Promise<number> {
  const started = process.hrtime.bigint()
  const signal = untilSignalled()
  const config = await readConfig(options)
  refuseUnavailableMode(config)
  if (config.after === 'pause') refuseWithoutPause()
  const log = openLog(options, config)
  process.title = PROCESS_NAME
  try {
    using kernel = openKernel(options, config)
    const report = await setUp(kernel, config, { log, signal })
    announce(config, report.port, { log, signal, atOnce: config.after !== 'stay' })
    log.info('ready', {
      mode: config.mode,
      sources: config.sources.map(source => source.address),
      redirects: config.redirects.length,
      fallbacks: config.fallbacks.map(fallback => fallback.address),
      changes: report.operations.length,
      milliseconds: Math.round(Number(process.hrtime.bigint() - started) / 1e4) / 100,
      sinceExec: Math.round(process.uptime() * 1e5) / 100
    })
    await askGateways(config, report, log)
    if (config.after === 'pause') await pause(signal)
    if (config.after !== 'stay') return 0
    restLater(signal)
    const following = followDestinations(config, log, signal)
    await keep(kernel, report.port, { log, signal, config: following.config, onConfigChange: following.onChange })
    if (!signal.aborted) await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
    log.info('stopping: the network stays as it is until the pod goes', { signal: signal.reason })
    return 0
  } catch (error) {
    if (!signal.aborted) throw error
    if (config.after !== 'exit') return 0
    // the containers that wait for an init container must not start without a router
    log.error(`${signal.reason} came before the router was set up`)
    return 1
  }
}

/** After the last announcement there is nothing to do for who knows how long. In milliseconds. */
const SETTLED = 4500

function restLater(signal: AbortSignal): void {
  const rest = setTimeout(() => void giveBackMemory(), SETTLED)
  signal.addEventListener('abort', () => clearTimeout(rest), { once: true })
}

/** Asks for the gateways in the name of the sources; an answer takes less than a millisecond. Never fatal. */
async function askGateways(config: EgressConfig, { port }: SetUpReport, log: Log): Promise<void> {
  const ask = async ({ address, gateway }: EgressConfig['sources'][number]) => {
    try {
      const mac = await resolveNeighbor(port, address, gateway)
      if (mac !== undefined) log.debug(`gateway ${gateway} is at ${mac}`)
      else log.warn(`gateway ${gateway} does not answer`, { hint: 'is EGRESS_GATEWAY right, and is the parent link on its LAN?' })
    } catch (error) {
      log.warn(`gateway ${gateway} is not asked: ${formatError(error)}`)
    }
  }
  await Promise.all(config.sources.map(ask))
}
