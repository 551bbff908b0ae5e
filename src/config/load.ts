import { readFileSync } from 'node:fs'
import { ConfigError, type ConfigIssue } from '../errors.ts'
import { type Environment, readEnvironment } from './environment.ts'
import { type Identity, readIdentity } from './identity.ts'
import { type ConfigValues, flagLayer, hideDestinations, type Layer, valueLayer } from './layer.ts'
import { Reader } from './reader.ts'
import { resolve } from './resolve.ts'
import type { ReadFile } from './resolve-destinations.ts'
import type { EgressConfig } from './shape.ts'

/** What was read, and what should be told although it could be read. */
export interface Loaded<T = EgressConfig> {
  readonly config: T
  readonly warnings: readonly ConfigIssue[]
}

/** Where a configuration comes from; the first of flags, environment and file that gives a value wins. */
export interface ConfigOrigins {
  /** Parsed flags by key: `{ linkTimeout: '60s', debug: true }`. */
  readonly flags?: ConfigValues | undefined
  readonly env?: Environment | undefined
  /** Path of a YAML file. */
  readonly configFile?: string | undefined
}

/** What `parseConfig` reads; it opens no file by itself. */
export interface ConfigInput {
  readonly flags?: ConfigValues | undefined
  readonly env?: Environment | undefined
  /** Values by the keys of the YAML file. */
  readonly values?: ConfigValues | undefined
  /** Whether `source` may hold several addresses of a family: the first is the source, the others are on the link, too. */
  readonly severalAddresses?: boolean | undefined
  /** Gives the text of the file that `destinationFile` names. */
  readonly readFile?: ReadFile | undefined
}

/** The configuration of a command. Throws a ConfigError with every problem. */
export async function loadConfig(origins: ConfigOrigins): Promise<Loaded> {
  const file = await readFileLayer(origins.configFile)
  return finish(origins, file, reader => resolve(reader, origins.env ?? {}, readText))
}

/** The part of the configuration that finds our objects, for commands that need no source and no destinations. */
export async function loadIdentity(origins: ConfigOrigins): Promise<Loaded<Identity>> {
  return finish(origins, await readFileLayer(origins.configFile), readIdentity)
}

/** The configuration from values alone: pure, and synchronous. Throws a ConfigError with every problem. */
export function parseConfig(input: ConfigInput): Loaded {
  const readFile = input.readFile ?? noFiles
  return finish(input, { layer: valueLayer(input.values ?? {}), issues: [] }, reader =>
    resolve(reader, input.env ?? {}, readFile, input.severalAddresses)
  )
}

type FileLayer = { readonly layer: Layer; readonly issues: readonly ConfigIssue[] }

function finish<T>(
  { flags = {}, env = {} }: Pick<ConfigOrigins, 'flags' | 'env'>,
  file: FileLayer,
  read: (reader: Reader) => T
): Loaded<T> {
  const environment = readEnvironment(env)
  const reader = new Reader(hideDestinations([flagLayer(flags), environment.layer, file.layer]))
  const config = read(reader)
  const issues = [...environment.issues, ...file.issues, ...reader.issues]
  if (issues.length > 0) throw new ConfigError(inOrder(issues))
  return { config, warnings: [...environment.warnings, ...reader.warnings] }
}

/** Issues of one origin stand together, in the order of their lines. */
const inOrder = (issues: readonly ConfigIssue[]): ConfigIssue[] =>
  [...Map.groupBy(issues, ({ source }) => source).values()].flatMap(group => group.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)))

async function readFileLayer(path: string | undefined): Promise<FileLayer> {
  if (path === undefined) return { layer: new Map(), issues: [] }
  let text: string
  try {
    text = readText(path)
  } catch (error) {
    const message = `cannot read the file: ${error instanceof Error ? error.message : error}`
    return { layer: new Map(), issues: [{ source: '--config', message }] }
  }
  const { parseFile } = await import('./file.ts')
  return parseFile(text, path)
}

const readText: ReadFile = path => readFileSync(path, 'utf8')

const noFiles: ReadFile = () => {
  throw new Error('no file can be opened here, give the text as destination')
}
