import { parseConfig } from '../../src/config/load.ts'
import { ConfigError, formatIssue } from '../../src/errors.ts'

/** An environment that is right in all. */
export const sound = {
  EGRESS_SOURCE: '192.168.12.99/24',
  EGRESS_GATEWAY: '192.168.12.1',
  EGRESS_DESTINATION: '80 tcp 203.0.113.25'
}

/** What is said of a sound environment with these changes; empty when it is accepted. */
export function refused(changes: Readonly<Record<string, string | undefined>>): string[] {
  try {
    parseConfig({ env: { ...sound, ...changes } })
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.issues.map(formatIssue)
  }
}

/** What a sound environment with these changes becomes. */
export const accepted = (changes: Readonly<Record<string, string | undefined>> = {}) =>
  parseConfig({ env: { ...sound, ...changes } }).config

/** What is warned of in a sound environment with these changes. */
export const warned = (changes: Readonly<Record<string, string>>) =>
  parseConfig({ env: { ...sound, ...changes } }).warnings.map(formatIssue)
