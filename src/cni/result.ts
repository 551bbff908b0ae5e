import { type Attachment, configOf } from '../agent/attachment.ts'
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
    ips: sources.map(({ family, address, prefix, gateway }) => ({
      ...(!isAtLeast(version, '1.0.0') && { version: family === 'ipv4' ? '4' : '6' }),
      address: `${address}/${prefix}`,
      gateway,
      interface: 0
    })),
    dns: {}
  }
}

/**
 * What plugins before us made, as it came: a runtime keeps it and shows it to them again, and a plugin that finds addresses of others
 * there takes them for its own.
 */
export const passOn = (version: CniVersion, previous: JsonObject): JsonObject => ({ cniVersion: version, ...previous })
