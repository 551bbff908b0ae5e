import { EgressRouterError } from '../errors.ts'
import { isObject, type JsonObject, parseExactly } from './json.ts'
import { ANNOTATIONS } from './network-config.ts'
import { isSupported } from './version.ts'

/** Type of our plugin, which is the name of its program. */
export const PLUGIN_TYPE = 'egress-router'

/**
 * A network configuration list with our plugin at its end. The name of the network stays: runtimes find what they remember of an
 * attachment by it. A configuration of one plugin becomes a list. What others have chained after ours in `current`, the list that we have
 * made before, stays there: they extend the first list that they find, and would do it again.
 *
 * Errors: EgressRouterError `EUSAGE` for what cannot be chained after.
 */
export function chainAfter(text: string, file: string, socket: string | undefined, current?: string): string {
  const before = parse(text, file)
  if (!isSupported(before.cniVersion)) {
    throw new EgressRouterError('EUSAGE', `${file}: a plugin of CNI version '${before.cniVersion}' cannot be chained after`, {
      hint: 'the cluster network needs a version from 0.3.1 on'
    })
  }
  const { plugins, ...single } = before
  const list = isList(before) ? before : { cniVersion: before.cniVersion, name: before.name, plugins: [single] }
  const entry = { type: PLUGIN_TYPE, capabilities: { [ANNOTATIONS]: true }, ...(socket !== undefined && { agentSocket: socket }) }
  const later = behindOurs(current)
  const earlier = list.plugins.filter(({ type }) => !later.some(plugin => plugin.type === type))
  return `${JSON.stringify({ ...list, plugins: [...earlier, entry, ...later] }, null, 2)}\n`
}

function behindOurs(current: string | undefined): readonly JsonObject[] {
  let value: JsonObject
  try {
    value = parse(current ?? '', '')
  } catch {
    return []
  }
  const plugins = isList(value) ? value.plugins : []
  const ours = plugins.findIndex(({ type }) => type === PLUGIN_TYPE)
  return ours < 0 ? [] : plugins.slice(ours + 1)
}

/** Whether our plugin is named in it already. Errors: as `chainAfter`. */
export const namesOurPlugin = (text: string, file: string): boolean => names(text, file, type => type === PLUGIN_TYPE)

/** Whether it is Multus's. Errors: as `chainAfter`. */
export const isOfMultus = (text: string, file: string): boolean => names(text, file, type => type === 'multus' || type === 'multus-shim')

function names(text: string, file: string, isMeant: (type: unknown) => boolean): boolean {
  const value = parse(text, file)
  return (isList(value) ? value.plugins : [value]).some(({ type }) => isMeant(type))
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
  if (!isObject(value) || typeof value.name !== 'string' || (isList(value) ? value.plugins.length === 0 : typeof value.type !== 'string'))
    throw new EgressRouterError('EUSAGE', `${file} is no CNI network configuration`)
  return value
}
