import { CniError, codes } from './cni-error.ts'
import type { JsonObject } from './json.ts'

/** Versions of the CNI specification that are spoken; the shim says the same by itself. */
export const supportedVersions = ['0.3.1', '0.4.0', '1.0.0', '1.1.0'] as const

export type CniVersion = (typeof supportedVersions)[number]

/** From which version on a command exists. */
const since: Readonly<Record<string, CniVersion>> = { CHECK: '0.4.0', STATUS: '1.1.0', GC: '1.1.0' }

export const isSupported = (version: unknown): version is CniVersion => supportedVersions.includes(version as CniVersion)

export const isAtLeast = (version: CniVersion, least: CniVersion): boolean =>
  supportedVersions.indexOf(version) >= supportedVersions.indexOf(least)

/** The answer to VERSION: in the version that was asked in, or else the newest. */
export function describeVersions(input: string): JsonObject {
  return { cniVersion: versionOf(input) ?? supportedVersions.at(-1), supportedVersions }
}

/** The version that a network configuration is written in, as far as it can be known. */
export function versionOf(input: string): CniVersion | undefined {
  try {
    const { cniVersion } = JSON.parse(input) as { cniVersion?: unknown }
    return isSupported(cniVersion) ? cniVersion : undefined
  } catch {
    return undefined
  }
}

/** Errors: CniError 1. */
export function requireVersion(version: unknown, command: string): CniVersion {
  if (!isSupported(version)) {
    const given = version === undefined ? 'none is given' : `'${version}' is given`
    throw new CniError(
      codes.incompatibleVersion,
      `incompatible CNI version: ${given} in cniVersion, and ${supportedVersions.join(', ')} are supported`
    )
  }
  const least = since[command]
  if (least && !isAtLeast(version, least))
    throw new CniError(
      codes.incompatibleVersion,
      `the CNI version ${version} of the network configuration has no ${command} (since ${least})`
    )
  return version
}
