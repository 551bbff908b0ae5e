import type { Environment } from './environment.ts'
import type { Reader } from './reader.ts'
import { quote } from './refusal.ts'
import { settings } from './settings.ts'
import type { After, Mode } from './shape.ts'

export interface ResolvedMode {
  readonly mode: Mode
  readonly after: After
  /** Whether the mode redirects connections; undefined when the mode is not known, and nothing may be said to be missing. */
  readonly redirecting: boolean | undefined
}

export function resolveMode(reader: Reader, env: Environment): ResolvedMode {
  const before = reader.issues.length
  const mode = reader.one(settings.mode)
  if (reader.issues.length > before) return { mode, after: reader.one(settings.after), redirecting: undefined }
  if (mode === 'http-proxy') requireVariable(reader, env, 'EGRESS_HTTP_PROXY_DESTINATION', 'No EGRESS_HTTP_PROXY_DESTINATION specified')
  if (mode === 'dns-proxy') requireVariable(reader, env, 'EGRESS_DNS_PROXY_DESTINATION', 'Must specify EGRESS_DNS_PROXY_DESTINATION')
  return { mode, after: resolveAfter(reader, mode), redirecting: mode === 'legacy' || mode === 'init' }
}

/** Only mode legacy leaves a choice: init ends by its nature, and a proxy must stay. */
function resolveAfter(reader: Reader, mode: Mode): After {
  const after = reader.one(settings.after)
  if (mode === 'legacy') return after
  const only = mode === 'init' ? 'exit' : 'stay'
  const [given] = reader.texts(settings.after)
  if (given && after !== only) {
    reader.issue(given, `${quote(after)} contradicts mode ${mode}, after which comes ${only}`, 'only mode legacy leaves a choice')
  }
  return only
}

function requireVariable(reader: Reader, env: Environment, variable: string, message: string): void {
  if (!env[variable]?.trim()) reader.issue({ source: variable }, message)
}
