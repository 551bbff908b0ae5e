import { watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { parseDestinationsInSlices } from '../config/destinations.ts'
import type { EgressConfig, Fallback, Redirect } from '../config/shape.ts'
import { sameTarget } from '../egress/redirect.ts'
import { formatError, formatIssue } from '../errors.ts'
import type { Log } from '../observe/log.ts'
import { othersTurn } from '../time.ts'

export interface Following {
  /** The configuration with the destinations as they are in the file now. */
  readonly config: () => EgressConfig
  readonly onChange: (changed: () => void) => void
}

/**
 * Follows the destination file. A list with a mistake changes nothing: its problems are logged and the last good one stays. The folder is
 * watched, not the file: a ConfigMap is exchanged by renaming a link beside it.
 */
export function followDestinations(first: EgressConfig, log: Log, signal: AbortSignal): Following {
  let config = first
  const file = first.destinationFile
  return {
    config: () => config,
    onChange(changed) {
      if (file === undefined) return
      let reading = false
      let again = false
      const read = async () => {
        again = true
        if (reading) return
        reading = true
        while (again) {
          again = false
          const before = config
          config = await reread(config, file, log)
          await othersTurn()
          if (config !== before) changed()
        }
        reading = false
      }
      try {
        const watcher = watch(dirname(file), { signal }, (_event, name) => {
          if (name === null || name === basename(file) || name.startsWith('..')) void read()
        })
        watcher.on('error', error => log.warn(`${file} is not watched any more: ${error.message}`))
      } catch (error) {
        log.warn(`${file} is not watched: ${formatError(error)}`)
      }
    }
  }
}

/** Never throws: what cannot be read leaves the destinations as they are. */
async function reread(config: EgressConfig, file: string, log: Log): Promise<EgressConfig> {
  try {
    // loaded only now, as it brings half a dozen modules into a start that can do without
    const { readFile } = await import('node:fs/promises')
    const text = await readFile(file, 'utf8')
    const { redirects, fallbacks, issues } = await parseDestinationsInSlices(text, file, config.sources)
    const named = redirects.find(redirect => 'name' in redirect.destination)
    if (issues.length > 0 || named) {
      const words =
        issues.length > 0 ? issues.map(formatIssue).join('; ') : 'a destination is a host name, which this version does not follow yet'
      log.error(`the destinations stay as they were: ${words}`)
      return config
    }
    if (alike(redirects, config.redirects, sameRedirect) && alike(fallbacks, config.fallbacks, sameFallback)) return config
    log.info('destinations have changed', { redirects: redirects.length, fallbacks: fallbacks.length })
    return { ...config, redirects, fallbacks }
  } catch (error) {
    log.error(`the destinations stay as they were: ${formatError(error)}`)
    return config
  }
}

const alike = <T>(a: readonly T[], b: readonly T[], same: (a: T, b: T) => boolean) =>
  a.length === b.length && a.every((entry, i) => same(entry, b[i] as T))

const sameRedirect = (a: Redirect, b: Redirect) => a.protocol === b.protocol && a.port === b.port && sameTarget(a, b)
const sameFallback = (a: Fallback, b: Fallback) => a.address === b.address
