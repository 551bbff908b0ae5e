import { watch } from 'node:fs'
import { formatError } from '../errors.ts'
import type { Log } from '../observe/log.ts'
import { installConfiguration, type Places } from './install.ts'

/** A network plugin that is upgraded writes several times. In milliseconds. */
const BURST = 200
/** So long we wait at most, when each change is followed by another: some network plugins remove every list but their own. In milliseconds. */
const LONGEST = 60_000
/** From here on that is worth telling, in milliseconds. */
const WORTH_TELLING = 5000

/**
 * Keeps our list as it should be beside the cluster network's: made when that network appears, made anew when it is changed, removed with
 * it. Until the signal is aborted; the list stays then. Never fatal.
 */
export function followConfiguration(
  places: Pick<Places, 'configurations'>,
  socket: string | undefined,
  log: Log,
  signal: AbortSignal
): void {
  let told: string | undefined
  const install = () => {
    let news: string
    try {
      const name = installConfiguration(places, socket)
      news =
        name === undefined
          ? `no network configuration to chain after in ${places.configurations}`
          : `chained in ${places.configurations}/${name}`
    } catch (error) {
      news = `the plugin is not chained: ${formatError(error)}`
    }
    if (news !== told) log.info(news)
    told = news
  }
  let burst: NodeJS.Timeout | undefined
  let pause = BURST
  let last = 0
  const soon = () => {
    if (burst) return
    const isQuiet = Date.now() - last > 2 * pause + 1000
    pause = isQuiet ? BURST : Math.min(2 * pause, LONGEST)
    if (pause >= WORTH_TELLING && pause < 2 * WORTH_TELLING)
      log.warn(`${places.configurations} changes again and again: another program seems to want to be the only one there`)
    burst = setTimeout(() => {
      burst = undefined
      last = Date.now()
      if (!signal.aborted) install()
    }, pause).unref()
  }
  install()
  try {
    const watcher = watch(places.configurations, { persistent: false, signal }, soon)
    watcher.on('error', error => log.warn(`${places.configurations} is not watched: ${formatError(error)}`))
  } catch (error) {
    log.warn(`${places.configurations} is not watched: ${formatError(error)}`)
  }
}
