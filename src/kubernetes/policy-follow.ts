import { readFileSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import { ConfigError, formatError } from '../errors.ts'
import type { Log } from '../observe/log.ts'
import { defaultPolicy, type Policy } from './policy.ts'
import { parsePolicy } from './policy-file.ts'

/**
 * The policy in a file, followed as it changes. One with a mistake changes nothing and is logged; the folder is watched, as a ConfigMap is
 * exchanged by renaming a link beside the file.
 *
 * Errors: ConfigError when there is no good policy to begin with.
 */
export function followPolicy(file: string | undefined, changed: () => void, log: Log, signal: AbortSignal): () => Policy {
  if (file === undefined) return () => defaultPolicy
  let text = readText(file)
  let policy = parsePolicy(text, file)
  log.info('the policy is read', { rules: policy.rules.length })
  const reread = () => {
    try {
      const now = readText(file)
      if (now === text) return
      policy = parsePolicy(now, file)
      text = now
      log.info('the policy has changed', { rules: policy.rules.length })
      changed()
    } catch (error) {
      log.error(`the policy stays as it was: ${formatError(error)}`)
    }
  }
  try {
    watch(dirname(file), { signal, persistent: false }, reread).on('error', error => log.warn(`${file} is not watched: ${error.message}`))
  } catch (error) {
    log.warn(`${file} is not watched: ${formatError(error)}`)
  }
  return () => policy
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new ConfigError([{ source: file, message: `the policy cannot be read: ${formatError(cause)}` }])
  }
}
