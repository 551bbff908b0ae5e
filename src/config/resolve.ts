import type { Environment } from './environment.ts'
import { readIdentity } from './identity.ts'
import type { Place } from './place.ts'
import type { Reader } from './reader.ts'
import { type ReadFile, resolveDestinations } from './resolve-destinations.ts'
import { resolveMode } from './resolve-mode.ts'
import { resolveSources } from './resolve-sources.ts'
import type { Setting } from './setting.ts'
import { settings } from './settings.ts'
import type { EgressConfig, LocalPort, Redirect, Source } from './shape.ts'

/**
 * Everything the reader gives as one configuration; the problems are left with the reader.
 *
 * @param several whether a family may have more addresses than its source
 */
export function resolve(reader: Reader, env: Environment, readFile: ReadFile, several = false): EgressConfig {
  const { mode, after, redirecting } = resolveMode(reader, env)
  const { sources, whole } = resolveSources(reader, several)
  const { redirects, fallbacks, file } = redirecting
    ? resolveDestinations(reader, whole ? sources : undefined, readFile)
    : unusedDestinations(reader)
  const { numbers, debug, logFormat, ...links } = readIdentity(reader)
  return {
    mode,
    after,
    ...links,
    parent: resolveParent(reader, links.interface),
    macvlanMode: reader.one(settings.macvlanMode),
    mtu: resolveMtu(reader, sources),
    linkTimeout: reader.one(settings.linkTimeout),
    conflictProbe: reader.one(settings.conflictProbe),
    sources,
    redirects,
    fallbacks,
    localPorts: resolveLocalPorts(reader, redirects),
    numbers,
    destinationFile: file,
    debug,
    logFormat
  }
}

/** A proxy mode opens its own connections: what redirects say has no effect there, as it always had none. */
function unusedDestinations(reader: Reader): { redirects: Redirect[]; fallbacks: []; file?: string } {
  const [at] = [...reader.texts(settings.destination), ...reader.texts(settings.destinationFile)]
  if (at) reader.warnings.push({ source: at.source, message: 'redirects have no effect in a proxy mode' })
  return { redirects: [], fallbacks: [] }
}

function resolveParent(reader: Reader, link: string): string | undefined {
  const parent = reader.one(settings.parent)
  if (parent === link) reader.issue(placeOf(reader, settings.parent), `${link} cannot be the parent of itself`)
  return parent
}

function resolveMtu(reader: Reader, sources: readonly Source[]): number | undefined {
  const mtu = reader.one(settings.mtu)
  if (mtu !== undefined && mtu < 1280 && sources.some(({ family }) => family === 'ipv6')) {
    reader.issue(placeOf(reader, settings.mtu), `an MTU of ${mtu} is below 1280, the least that IPv6 needs`)
  }
  return mtu
}

/** The ports that stay, each once; a port cannot both stay and be redirected. */
function resolveLocalPorts(reader: Reader, redirects: readonly Redirect[]): LocalPort[] {
  const ports = new Map<string, LocalPort>()
  const { found } = reader.all(settings.localPorts)
  const redirected = new Set(found.length === 0 ? [] : redirects.map(nameOf))
  for (const { value, ...place } of found) {
    for (const port of value) {
      if (redirected.has(nameOf(port))) reader.issue(place, `${nameOf(port)} is redirected, and cannot stay in the pod as well`)
      ports.set(nameOf(port), port)
    }
  }
  return [...ports.values()]
}

const nameOf = ({ protocol, port }: LocalPort) => `${protocol} ${port}`

const placeOf = (reader: Reader, setting: Setting<unknown>): Place => reader.texts(setting)[0] ?? { source: setting.variable }
