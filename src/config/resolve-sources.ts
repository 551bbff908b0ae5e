import type { Reader } from './reader.ts'
import type { Setting } from './setting.ts'
import { settings } from './settings.ts'
import type { Source } from './shape.ts'
import { pairSources } from './sources.ts'

/** The sources with their gateways; `whole` when all of them could be read, so that a family without one is known to have none. */
export function resolveSources(reader: Reader, several: boolean): { sources: readonly Source[]; whole: boolean } {
  const addresses = reader.all(settings.source)
  const gateways = reader.all(settings.gateway)
  const sourceGiven = given(reader, settings.source)
  // a source that lacks its gateway says so itself, by its family
  if (addresses.found.length === 0) given(reader, settings.gateway)
  const all = addresses.whole && sourceGiven ? addresses : { ...addresses, whole: false }
  const { sources, issues, warnings } = pairSources(all, gateways, several)
  reader.issues.push(...issues)
  reader.warnings.push(...warnings)
  return { sources, whole: addresses.whole && sourceGiven && gateways.whole && issues.length === 0 }
}

/** Whether a setting that must be given is; what is missing is told under the name of its variable. */
function given(reader: Reader, setting: Setting<unknown>): boolean {
  if (reader.texts(setting).length > 0) return true
  const { variable, flag, key, value } = setting
  reader.issue(
    { source: variable },
    `${variable} unspecified or invalid: nothing gives it`,
    `set ${variable}=${value}, ${flag}, or ${key} in the file`
  )
  return false
}
