import { type Attachment, configOf } from '../agent/attachment.ts'
import type { HostAddress, Source } from '../config/shape.ts'
import { addressesOf } from '../config/source-address.ts'
import { sharesPrefix } from '../ip/prefix.ts'
import type { ObservedLink } from '../state/link.ts'
import type { JsonObject } from './json.ts'
import { type CniVersion, isAtLeast } from './version.ts'

/** The result of an ADD that made an attachment of its own. */
export function describeResult(version: CniVersion, attachment: Attachment, link: ObservedLink): JsonObject {
  const sources = configOf(attachment)?.sources ?? []
  return {
    cniVersion: version,
    interfaces: [
      {
        name: link.name,
        mac: link.mac,
        ...(isAtLeast(version, '1.1.0') && { mtu: link.mtu }),
        sandbox: attachment.namespace
      }
    ],
    ips: sources.flatMap(source => addressesOf(source).map(entry => describeAddress(version, source, entry))),
    dns: {}
  }
}

/** An address on another LAN than its gateway has none. */
function describeAddress(version: CniVersion, { family, address, gateway }: Source, entry: HostAddress): JsonObject {
  const near = entry.address === address || sharesPrefix(gateway, entry.address, entry.prefix)
  return {
    ...(!isAtLeast(version, '1.0.0') && { version: family === 'ipv4' ? '4' : '6' }),
    address: `${entry.address}/${entry.prefix}`,
    ...(near && { gateway }),
    interface: 0
  }
}

/**
 * What plugins before us made, as it came: a runtime keeps it and shows it to them again, and a plugin that finds addresses of others
 * there takes them for its own.
 */
export const passOn = (version: CniVersion, previous: JsonObject): JsonObject => ({ cniVersion: version, ...previous })
