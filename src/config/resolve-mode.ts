import type { Environment } from './environment.ts'
import type { Reader } from './reader.ts'
import { settings } from './settings.ts'
import type { Mode } from './shape.ts'

/** The mode, and whether it redirects connections; undefined when the mode is not known, and nothing may be said to be missing. */
export function resolveMode(reader: Reader, env: Environment): { mode: Mode; redirecting: boolean | undefined } {
  const before = reader.issues.length
  const mode = reader.one(settings.mode)
  if (reader.issues.length > before) return { mode, redirecting: undefined }
  if (mode === 'http-proxy') requireVariable(reader, env, 'EGRESS_HTTP_PROXY_DESTINATION', 'No EGRESS_HTTP_PROXY_DESTINATION specified')
  if (mode === 'dns-proxy') requireVariable(reader, env, 'EGRESS_DNS_PROXY_DESTINATION', 'Must specify EGRESS_DNS_PROXY_DESTINATION')
  return { mode, redirecting: mode === 'legacy' || mode === 'init' }
}

function requireVariable(reader: Reader, env: Environment, variable: string, message: string): void {
  if (!env[variable]?.trim()) reader.issue({ source: variable }, message)
}
