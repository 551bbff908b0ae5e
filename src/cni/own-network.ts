import { type Attachment, attachmentId, configOf } from '../agent/attachment.ts'
import { findDefaultParent } from '../agent/default-parent.ts'
import type { ConfigValues } from '../config/layer.ts'
import { nearestHint } from '../config/nearest.ts'
import { ConfigError } from '../errors.ts'
import type { MacvlanMode } from '../state/link.ts'
import { CniError, codes } from './cni-error.ts'
import type { CniCall } from './environment.ts'
import { type JsonObject, objectAt, stringAt, stringsAt } from './json.ts'
import type { NetworkConfig } from './network-config.ts'
import { describeIssue } from './wording.ts'

/** Whether a network configuration describes a router by itself, rather than leaving it to the pods' annotations. */
export const isOwnNetwork = ({ raw }: NetworkConfig): boolean =>
  ['ip', 'interfaceType', 'interfaceArgs', 'podIP', 'ipConfig'].some(key => key in raw)

const ipKeys = ['addresses', 'gateway', 'destinations']
const argumentKeys = ['master', 'mode', 'mtu']

/** The runtime does not wait for ever. In seconds. */
const LINK_TIMEOUT = '10'

/**
 * The attachment that a network configuration of type egress-router describes: `interfaceType`, `interfaceArgs`, `ip`, and of ours
 * `conflictProbe`, `linkTimeout` and `localPorts`. The link is CNI_IFNAME.
 *
 * Errors: CniError 2 for what is not supported, 7 for everything that is wrong, each with its path.
 */
export function readOwnNetwork(network: NetworkConfig, call: CniCall): Attachment {
  const { raw, name } = network
  refuseUnsupported(raw)
  const ip = objectAt(raw, 'ip') ?? {}
  const args = objectAt(raw, 'interfaceArgs') ?? {}
  refuseUnknown(ip, 'ip', ipKeys)
  refuseUnknown(args, 'interfaceArgs', argumentKeys)
  const settings: ConfigValues = {
    source: required(ip, 'addresses'),
    gateway: required(ip, 'gateway').flatMap(text => text.split(',')),
    destination: required(ip, 'destinations'),
    linkTimeout: stringAt(raw, 'linkTimeout') ?? LINK_TIMEOUT,
    ...optional('conflictProbe', stringAt(raw, 'conflictProbe')),
    ...optional('localPorts', stringAt(raw, 'localPorts'))
  }
  const attachment: Attachment = {
    id: attachmentId(call.containerId, call.interface),
    namespace: call.namespace,
    link: readLink(args, call),
    settings,
    cni: { network: name, containerId: call.containerId, interface: call.interface }
  }
  validate(attachment)
  return attachment
}

function readLink(args: JsonObject, call: CniCall): Attachment['link'] {
  const mode = stringAt(args, 'mode', 'interfaceArgs.mode') ?? 'bridge'
  const parent = stringAt(args, 'master', 'interfaceArgs.master') ?? findDefaultParent()
  const { mtu } = args
  // what other plugins of this type take as text
  const size = mtu === undefined || mtu === '' || Number(mtu) === 0 ? undefined : mtu
  if (size !== undefined && (typeof size === 'object' || !/^\d+$/.test(String(size))))
    throw new CniError(codes.invalidConfig, `interfaceArgs.mtu: ${JSON.stringify(size)} is not a whole number`)
  return { name: call.interface, parent, mode: mode as MacvlanMode, ...(size !== undefined && { mtu: Number(size) }) }
}

const optional = (key: string, value: string | undefined) => (value === undefined ? {} : { [key]: value })

function required(ip: JsonObject, key: string): string[] {
  const path = `ip.${key}`
  const values = stringsAt(ip, key, path)
  if (values && values.length > 0) return values
  throw new CniError(codes.invalidConfig, `${path}: it is missing or empty`)
}

function refuseUnsupported(raw: JsonObject): void {
  const type = raw.interfaceType ?? 'macvlan'
  if (type !== 'macvlan')
    throw new CniError(codes.unsupportedField, `interfaceType: ${JSON.stringify(type)} is not supported, only "macvlan" is`)
  for (const key of ['podIP', 'ipConfig']) {
    if (raw[key] === undefined || raw[key] === null) continue
    throw new CniError(codes.unsupportedField, `${key}: ${JSON.stringify(raw[key])} is not supported: give the addresses in ip`)
  }
}

function refuseUnknown(object: JsonObject, path: string, known: readonly string[]): void {
  const odd = Object.keys(object).find(key => !known.includes(key))
  if (odd === undefined) return
  throw new CniError(codes.unsupportedField, `${path}.${odd}: ${JSON.stringify(object[odd])}: the key is unknown`, nearestHint(odd, known))
}

/** Everything that is wrong with the values, at once. */
function validate(attachment: Attachment): void {
  try {
    const { redirects = [] } = configOf(attachment) ?? {}
    const name = redirects.find(({ destination }) => 'name' in destination)
    if (name && 'name' in name.destination)
      throw new CniError(
        codes.unsupportedField,
        `ip.destinations: the host name '${name.destination.name}' is not supported: give an address`
      )
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new CniError(codes.invalidConfig, error.issues.map(describeIssue).join('\n'))
  }
}
