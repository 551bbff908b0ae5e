import { type SettingKey, settingKeys, settings } from '../config/settings.ts'
import type { ConfigIssue } from '../errors.ts'
import { asCniError, CniError } from './cni-error.ts'

/** Where a setting stands in a network configuration of type egress-router; the others have no place there. */
const places: { readonly [key in SettingKey]?: string } = {
  source: 'ip.addresses',
  gateway: 'ip.gateway',
  destination: 'ip.destinations',
  parent: 'interfaceArgs.master',
  macvlanMode: 'interfaceArgs.mode',
  mtu: 'interfaceArgs.mtu',
  interface: 'CNI_IFNAME',
  conflictProbe: 'conflictProbe',
  linkTimeout: 'linkTimeout',
  localPorts: 'localPorts'
}

const keysByVariable = new Map<string, SettingKey>(settingKeys.map(key => [settings[key].variable, key]))

/** A problem of a value, under the name by which the network configuration gave it. */
export function describeIssue({ source, path, message, hint }: ConfigIssue): string {
  const [, key = '', index = ''] = /^(\w+)(\[\d+\])?$/.exec(path ?? '') ?? []
  // what is wrong with a list as a whole begins with the name of its variable
  const [variable = ''] = /^EGRESS_\w+/.exec(message) ?? []
  const place = [key, keysByVariable.get(source), keysByVariable.get(variable)].map(name => places[name as SettingKey]).find(Boolean)
  const reason = message.replace(/^EGRESS_\w+ (unspecified or invalid: |unspecified: )?/, '')
  return `${place ?? key}${index}: ${translate(reason)}${hint === undefined ? '' : `. Hint: ${translate(hint)}`}`
}

/** An error of the agent for who has a network configuration, and no environment. */
export function inNetworkWords(error: unknown): CniError {
  const { code, message, details } = asCniError(error)
  const translated = details === undefined ? '' : translate(details)
  return new CniError(code, translate(message), translated === '' ? undefined : translated)
}

const variable = /EGRESS_[A-Z_]+/g

/** A part of a sentence that names a setting which has no place in a network configuration is left out. */
function translate(text: string): string {
  const hasNoPlace = (name: string) => {
    const key = keysByVariable.get(name)
    return key !== undefined && places[key] === undefined
  }
  return text
    .split(/(?=; |,? or (?=[^;]*EGRESS_))/)
    .filter(part => !(part.match(variable) ?? []).some(hasNoPlace))
    .join('')
    .replace(/^; /, '')
    .replace(variable, name => places[keysByVariable.get(name) as SettingKey] ?? name)
}
