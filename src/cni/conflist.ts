import { EgressRouterError } from '../errors.ts'
import { isObject, type JsonObject, parseExactly } from './json.ts'
import { ANNOTATIONS } from './network-config.ts'
import { isSupported } from './version.ts'

/** Type of our plugin, which is the name of its program. */
export const PLUGIN_TYPE = 'egress-router'

/**
 * A network configuration list with our plugin at its end. The name of the network stays: runtimes find what they remember of an
 * attachment by it. A configuration of one plugin becomes a list.
 *
 * Errors: EgressRouterError `EUSAGE` for what cannot be chained after.
 */
export function chainAfter(text: string, file: string, socket: string | undefined): string {
  const before = parse(text, file)
  if (!isSupported(before.cniVersion)) {
    throw new EgressRouterError('EUSAGE', `${file}: a plugin of CNI version '${before.cniVersion}' cannot be chained after`, {
      hint: 'the cluster network needs a version from 0.3.1 on'
    })
  }
  const { plugins, ...single } = before
  const list = isList(before) ? before : { cniVersion: before.cniVersion, name: before.name, plugins: [single] }
  const entry = { type: PLUGIN_TYPE, capabilities: { [ANNOTATIONS]: true }, ...(socket !== undefined && { agentSocket: socket }) }
  return `${JSON.stringify({ ...list, plugins: [...list.plugins, entry] }, null, 2)}\n`
}

/** Whether our plugin is named in it already. Errors: as `chainAfter`. */
export function namesOurPlugin(text: string, file: string): boolean {
  const value = parse(text, file)
  return (isList(value) ? value.plugins : [value]).some(plugin => plugin.type === PLUGIN_TYPE)
}

type List = JsonObject & { readonly plugins: readonly JsonObject[] }

const isList = (value: JsonObject): value is List => Array.isArray(value.plugins) && value.plugins.every(isObject)

function parse(text: string, file: string): JsonObject {
  let value: unknown
  try {
    value = parseExactly(text)
  } catch (error) {
    throw new EgressRouterError('EUSAGE', `${file} is not JSON: ${(error as Error).message}`)
  }
  if (!isObject(value) || typeof value.name !== 'string' || (!isList(value) && typeof value.type !== 'string'))
    throw new EgressRouterError('EUSAGE', `${file} is no CNI network configuration`)
  return value
}
