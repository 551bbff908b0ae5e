import { CniError, codes } from './cni-error.ts'
import { isObject, type JsonObject, objectAt, parseExactly, parseObject, stringAt } from './json.ts'
import { type CniVersion, requireVersion } from './version.ts'

/** The capability by which a runtime hands over a pod's annotations. */
export const ANNOTATIONS = 'io.kubernetes.cri.pod-annotations'

/** Attachments that are still wanted, by container and interface. */
export interface ValidAttachment {
  readonly containerId: string
  readonly interface: string
}

/** What a runtime gives on the standard input. */
export interface NetworkConfig {
  readonly version: CniVersion
  /** Name of the network. */
  readonly name: string
  /** The configuration as it came; the parts for an attachment of its own are read by `readOwnNetwork`. */
  readonly raw: JsonObject
  /** What plugins before us made; a chained plugin passes it on as it is, numbers as they were written. */
  readonly previous: JsonObject | undefined
  readonly annotations: Readonly<Record<string, string>> | undefined
}

/** Errors: CniError 1, 6 and 7, each naming what it is about. */
export function readNetworkConfig(text: string, command: string): NetworkConfig {
  const raw = parseObject(text, 'the network configuration')
  const version = requireVersion(raw.cniVersion, command)
  const name = stringAt(raw, 'name')
  // the specification's form
  if (name === undefined || !/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) {
    throw new CniError(codes.invalidConfig, `name: ${name === undefined ? 'it is missing' : `'${name}' is not the name of a network`}`)
  }
  const previous = objectAt(raw, 'prevResult') && ((parseExactly(text) as JsonObject).prevResult as JsonObject)
  return { version, name, raw, previous, annotations: readAnnotations(raw) }
}

function readAnnotations(raw: JsonObject): Record<string, string> | undefined {
  const given = objectAt(objectAt(raw, 'runtimeConfig') ?? {}, ANNOTATIONS, `runtimeConfig.${ANNOTATIONS}`)
  if (!given) return undefined
  const entries = Object.entries(given)
  const [odd] = entries.find(([, value]) => typeof value !== 'string') ?? []
  if (odd !== undefined) throw new CniError(codes.invalidConfig, `runtimeConfig.${ANNOTATIONS}.${odd}: a string is expected`)
  return Object.fromEntries(entries) as Record<string, string>
}

/** The key of the specification and the one that early runtimes write. */
const VALID_KEYS = ['cni.dev/valid-attachments', 'cni.dev/attachments']

/** What a garbage collection must leave. Errors: CniError 7; a configuration that does not say it must not make us remove everything. */
export function readValidAttachments({ raw }: NetworkConfig): ValidAttachment[] {
  const given = VALID_KEYS.filter(key => key in raw)
  if (given.length === 0) throw new CniError(codes.invalidConfig, `${VALID_KEYS[0]}: it is missing`)
  return given.flatMap(key => {
    const list = raw[key] ?? []
    if (!Array.isArray(list)) throw new CniError(codes.invalidConfig, `${key}: a list is expected`)
    return list.map((entry, n) => {
      const { containerID, ifname } = isObject(entry) ? entry : {}
      if (typeof containerID !== 'string' || typeof ifname !== 'string') {
        throw new CniError(codes.invalidConfig, `${key}[${n}]: an object with containerID and ifname is expected`)
      }
      return { containerId: containerID, interface: ifname }
    })
  })
}
