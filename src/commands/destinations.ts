import { readFileSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { parseDestinations } from '../config/destinations.ts'
import type { EgressConfig } from '../config/shape.ts'
import { formatError, formatIssue } from '../errors.ts'
import type { Log } from '../observe/log.ts'

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
  const read = () => {
    if (file !== undefined) config = reread(config, file, log)
    return config
  }
  return {
    config: () => config,
    onChange(changed) {
      if (file === undefined) return
      try {
        const watcher = watch(dirname(file), { signal }, (_event, name) => {
          if (name !== null && name !== basename(file) && !name.startsWith('..')) return
          const before = config
          if (read() !== before) changed()
        })
        watcher.on('error', error => log.warn(`${file} is not watched any more: ${error.message}`))
      } catch (error) {
        log.warn(`${file} is not watched: ${formatError(error)}`)
      }
    }
  }
}

function reread(config: EgressConfig, file: string, log: Log): EgressConfig {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    log.error(`the destinations stay as they were: ${formatError(error)}`)
    return config
  }
  const { redirects, fallbacks, issues } = parseDestinations(text, file, config.sources)
  const named = redirects.find(redirect => 'name' in redirect.destination)
  if (issues.length > 0 || named) {
    const words =
      issues.length > 0 ? issues.map(formatIssue).join('; ') : 'a destination is a host name, which this version does not follow yet'
    log.error(`the destinations stay as they were: ${words}`)
    return config
  }
  if (JSON.stringify([redirects, fallbacks]) === JSON.stringify([config.redirects, config.fallbacks])) return config
  log.info('destinations have changed', { redirects: redirects.length, fallbacks: fallbacks.length })
  return { ...config, redirects, fallbacks }
}
