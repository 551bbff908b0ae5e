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
  writeSync
} from 'node:fs'
import { join } from 'node:path'
import { EgressRouterError } from '../errors.ts'
import { chainAfter, namesOurPlugin, PLUGIN_TYPE } from './conflist.ts'

export interface Places {
  /** Folder of the plugins' programs. */
  readonly binaries: string
  /** Folder of the network configurations, of which a runtime takes the first by name. */
  readonly configurations: string
}

/** What a runtime takes for a network configuration. */
const CONFIGURATION = /\.(conf|conflist|json)$/

/** The names of our list, in the order in which they are tried: it has to come before the one it extends. */
const OUR_NAMES = ['00-egress-router.conflist', '00-0-egress-router.conflist', '0-egress-router.conflist']

/** What lay at the place of our program before. */
const BEFORE = `.${PLUGIN_TYPE}.before`

/**
 * Puts the program in place. One of that name that is not ours is kept aside. Atomic: whoever executes it finds the one or the other.
 */
export function installProgram({ binaries }: Places, program: string): void {
  let bytes: Buffer
  try {
    bytes = readFileSync(program)
  } catch (error) {
    throw new EgressRouterError('EUSAGE', `the CNI plugin was not built: ${(error as Error).message}`, {
      hint: 'npm run build makes it where a C compiler is'
    })
  }
  mkdirSync(binaries, { recursive: true })
  const path = join(binaries, PLUGIN_TYPE)
  if (existsSync(path) && !isOurs(path) && !existsSync(join(binaries, BEFORE))) linkSync(path, join(binaries, BEFORE))
  replace(binaries, PLUGIN_TYPE, bytes, 0o755)
}

/**
 * Writes a list of our own beside the cluster network's: the same network, with our plugin at the end, under a name that comes first. The
 * cluster network's file is never touched: its owner may rewrite it at any time, and without ours everything is as it was.
 *
 * Gives the name of our file, or undefined when there is no cluster network to extend. What is right already is not written again.
 * Errors: EgressRouterError `EUSAGE`.
 */
export function installConfiguration({ configurations }: Pick<Places, 'configurations'>, socket?: string): string | undefined {
  const base = findBase(configurations)
  if (base === undefined) {
    removeConfiguration({ configurations })
    return undefined
  }
  const path = join(configurations, base)
  const text = readFileSync(path, 'utf8')
  if (namesOurPlugin(text, path)) {
    removeConfiguration({ configurations })
    return base
  }
  const name = OUR_NAMES.find(candidate => candidate < base)
  if (name === undefined)
    throw new EgressRouterError('EUSAGE', `no name of ours comes before ${path}`, { hint: 'give that file a later name' })
  const chained = chainAfter(text, path, socket)
  for (const other of OUR_NAMES) if (other !== name) rmSync(join(configurations, other), { force: true })
  if (read(join(configurations, name)) !== chained) replace(configurations, name, Buffer.from(chained), 0o600)
  return name
}

/** Takes the program out again; what lay there before is put back. */
export function removeProgram({ binaries }: Places): void {
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
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch (error) {
    throw new EgressRouterError('EUSAGE', `the folder of network configurations cannot be read: ${(error as Error).message}`)
  }
  // runtimes compare bytes, not the letters of a language
  return names
    .filter(name => CONFIGURATION.test(name) && !OUR_NAMES.includes(name))
    .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))[0]
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
    writeSync(fd, bytes)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(temporary, join(folder, name))
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
