import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { EgressRouterError } from '../errors.ts'
import { chainAfter, isOfMultus, namesOurPlugin, PLUGIN_TYPE } from './conflist.ts'

export interface Places {
  /** Folder of the plugins' programs. */
  readonly binaries: string
  /** Folder of the network configurations, of which a runtime takes the first by name. */
  readonly configurations: string
}

/** Names of what a runtime takes for network configurations, the first one first. Errors: those of the file system. */
export const configurationsIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter(entry => /\.(conf|conflist|json)$/.test(entry.name) && !entry.isDirectory())
    .map(({ name }) => name)
    // runtimes compare bytes, not the letters of a language
    .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))

/** The names of our list, in the order in which they are tried: it has to come before the one it extends. */
const OUR_NAMES = ['00-egress-router.conflist', '00-0-egress-router.conflist', '0-egress-router.conflist']

/** What lay at the place of our program before. */
const BEFORE = `.${PLUGIN_TYPE}.before`

/**
 * Puts the program in place, and the chained configuration unless `chain` is false: both, or after an error neither. What cannot be chained
 * after is found out before anything is written. Gives the files.
 *
 * Errors: EgressRouterError `EUSAGE`.
 */
export function install(places: Places, program: string, { chain, socket }: { chain: boolean; socket?: string | undefined }): string[] {
  const bytes = readProgram(program)
  const chained = chain ? planChain(places.configurations, socket) : undefined
  if (chain && !chained) {
    removeConfiguration(places)
    throw new EgressRouterError('EUSAGE', `${places.configurations} holds no network configuration to chain after`, {
      hint: 'install the cluster network first, or use --no-chain'
    })
  }
  // the program first, as the configuration makes the runtime execute it
  const undo = installProgram(places, bytes)
  try {
    const files = [join(places.binaries, PLUGIN_TYPE)]
    if (chained) files.push(join(places.configurations, writeChain(places.configurations, chained)))
    return files
  } catch (error) {
    undo()
    throw cannotWrite(places.configurations, error)
  }
}

function readProgram(program: string): Buffer {
  try {
    return readFileSync(program)
  } catch (error) {
    throw new EgressRouterError('EUSAGE', `the CNI plugin was not built: ${(error as Error).message}`, {
      hint: 'npm run build makes it where a C compiler is'
    })
  }
}

/** One of that name that is not ours is kept aside. Atomic: whoever executes it finds the one or the other. Gives how it is taken back. */
function installProgram({ binaries }: Places, bytes: Buffer): () => void {
  const [path, aside] = [join(binaries, PLUGIN_TYPE), join(binaries, BEFORE)]
  try {
    mkdirSync(binaries, { recursive: true })
    const before = existsSync(path) ? { bytes: readFileSync(path), mode: statSync(path).mode & 0o777 } : undefined
    const keep = before !== undefined && !isOurs(path) && !existsSync(aside)
    if (keep) linkSync(path, aside)
    replace(binaries, PLUGIN_TYPE, bytes, 0o755)
    return () => {
      if (keep) renameSync(aside, path)
      else if (before) replace(binaries, PLUGIN_TYPE, before.bytes, before.mode)
      else rmSync(path, { force: true })
    }
  } catch (error) {
    throw cannotWrite(binaries, error)
  }
}

const cannotWrite = (folder: string, error: unknown) =>
  new EgressRouterError('EUSAGE', `${folder} cannot be written: ${(error as Error).message}`, { cause: error })

/**
 * Writes a list of our own beside the cluster network's: the same network, with our plugin at the end, under a name that comes first. The
 * cluster network's file is never touched: its owner may rewrite it at any time, and without ours everything is as it was.
 *
 * Gives the name of our file, or undefined when there is no cluster network to extend. What is right already is not written again.
 * Errors: EgressRouterError `EUSAGE`.
 */
export function installConfiguration({ configurations }: Pick<Places, 'configurations'>, socket?: string): string | undefined {
  const chained = planChain(configurations, socket)
  if (chained) return writeChain(configurations, chained)
  removeConfiguration({ configurations })
  return undefined
}

/** The file that will stand for the network: a list of ours, or without `text` the network's own, which names our plugin already. */
interface Chained {
  readonly name: string
  readonly text?: string | undefined
}

function planChain(configurations: string, socket: string | undefined): Chained | undefined {
  const base = findBase(configurations)
  if (base === undefined) return undefined
  const path = join(configurations, base)
  const text = readFileSync(path, 'utf8')
  if (namesOurPlugin(text, path)) return { name: base }
  if (isOfMultus(text, path)) {
    removeConfiguration({ configurations })
    throw new EgressRouterError('EUSAGE', `${path} is of Multus, which would take a list of ours for the cluster network's own`, {
      hint: 'name the plugin in the network that Multus delegates to, or use it as an attachment of its own'
    })
  }
  const name = OUR_NAMES.find(candidate => candidate < base)
  if (name === undefined)
    throw new EgressRouterError('EUSAGE', `no name of ours comes before ${path}`, { hint: 'give that file a later name' })
  return { name, text: chainAfter(text, path, socket, read(join(configurations, name))) }
}

function writeChain(configurations: string, { name, text }: Chained): string {
  if (text !== undefined && read(join(configurations, name)) !== text) replace(configurations, name, Buffer.from(text), 0o600)
  for (const other of OUR_NAMES) if (other !== name) rmSync(join(configurations, other), { force: true })
  return name
}

/** Takes the program out again; what lay there before is put back. */
export function removeProgram({ binaries }: Pick<Places, 'binaries'>): void {
  const path = join(binaries, PLUGIN_TYPE)
  const before = join(binaries, BEFORE)
  if (existsSync(before)) renameSync(before, path)
  else if (existsSync(path) && isOurs(path)) rmSync(path)
}

export function removeConfiguration({ configurations }: Pick<Places, 'configurations'>): void {
  for (const name of OUR_NAMES) rmSync(join(configurations, name), { force: true })
}

/** The file that the runtime would take without us. */
function findBase(folder: string): string | undefined {
  try {
    return configurationsIn(folder).find(name => !OUR_NAMES.includes(name))
  } catch (error) {
    throw new EgressRouterError('EUSAGE', `the folder of network configurations cannot be read: ${(error as Error).message}`)
  }
}

/** Our program says in plain bytes what it sends first, and where. */
const isOurs = (path: string): boolean => {
  const bytes = readFileSync(path)
  return bytes.includes('ERC1') && bytes.includes('/run/egress-router/agent.sock')
}

/** Under a name that no runtime looks at, whole and on the disk, then in one step under its own. */
function replace(folder: string, name: string, bytes: Buffer, mode: number): void {
  const temporary = join(folder, `.${name}.new`)
  rmSync(temporary, { force: true })
  const fd = openSync(temporary, 'wx', mode)
  try {
    try {
      writeFileSync(fd, bytes)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(temporary, join(folder, name))
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
