// Network namespaces of the bench. Their names carry the process id, so that a run that was killed is cleaned up by the next one.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { removeNamespaces } from '../../test/kit/process.ts'

const PREFIX = 'egb'
export const POD = '10.128.0.2'
const NODE = '10.128.0.1'
const made = new Set<string>()
let count = 0

export interface Namespace {
  readonly name: string
  /** The file that stands for it. */
  readonly path: string
  /** Runs commands of ip(8), one a line, inside. */
  ip(batch: string): void
  /** Runs a program inside, which must succeed, and gives its standard output. */
  must(argv: readonly string[], input?: string): string
  remove(): void
}

/** A new namespace with its loopback up. */
export function makeNamespace(purpose: string): Namespace {
  const name = `${PREFIX}${process.pid}n${count++}-${purpose}`
  execFileSync('ip', ['netns', 'add', name])
  made.add(name)
  const must = (argv: readonly string[], input = '') => {
    const { status, stdout, stderr, error } = spawnSync('nsenter', [`--net=/run/netns/${name}`, ...argv], {
      input,
      encoding: 'utf8',
      maxBuffer: 1 << 28
    })
    if (status !== 0) throw new Error(`${argv.join(' ')}: ${error?.message ?? ''}${stderr.trim()}`)
    return stdout
  }
  const namespace = {
    name,
    path: `/run/netns/${name}`,
    must,
    ip: (batch: string) => void must(['ip', '-batch', '-'], batch),
    remove() {
      made.delete(name)
      removeNamespaces([name])
    }
  }
  namespace.ip('link set lo up\n')
  return namespace
}

/** A namespace that looks like a pod to the router: an `eth0` with an address and a default route, the other end of it in `node`. */
export function makePod(purpose: string, node?: Namespace): Namespace {
  const pod = makeNamespace(purpose)
  pod.ip(`link add eth0 type veth peer name eth0-node${node ? ` netns ${node.name}` : ''}
addr add ${POD}/24 dev eth0
link set eth0 up
`)
  ;(node ?? pod).ip('link set eth0-node up\n')
  node?.ip(`addr add ${NODE}/24 dev eth0-node\n`)
  pod.ip(`route add default via ${NODE}\n`)
  return pod
}

/** Removes what this process made and did not remove, with whatever still runs in it. */
export function removeAll(): void {
  removeNamespaces([...made])
  made.clear()
}

/** Removes what runs that were killed have left: namespaces whose names carry the id of a process that is gone. */
export function sweep(): void {
  const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' })
  for (const [, name, pid] of stdout.matchAll(new RegExp(`^(${PREFIX}(\\d+)n\\d+-\\S+)`, 'gm'))) {
    if (!existsSync(`/proc/${pid}`)) removeNamespaces([name as string])
  }
}
