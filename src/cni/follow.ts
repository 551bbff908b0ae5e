import { watch } from 'node:fs'
import { formatError } from '../errors.ts'
import type { Log } from '../observe/log.ts'
import { installConfiguration, type Places } from './install.ts'

/** A network plugin that is upgraded writes several times. In milliseconds. */
const BURST = 200

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
  let _burst: NodeJS.Timeout | undefined
  install()
  try {
    const watcher = watch(places.configurations, { persistent: false, signal }, () => {
      _burst ??= setTimeout(() => {
        _burst = undefined
        if (!signal.aborted) install()
      }, BURST).unref()
    })
    watcher.on('error', error => log.warn(`${places.configurations} is not watched: ${formatError(error)}`))
  } catch (error) {
    log.warn(`${places.configurations} is not watched: ${formatError(error)}`)
  }
}
