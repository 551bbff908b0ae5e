// A network namespace that ends with the test, also when the test fails or its process is told to end.
import { execFileSync } from 'node:child_process'
import { NETLINK_ROUTE, NetlinkSocket } from '../../src/netlink/socket.ts'
import { inNamespace, type Namespace, openNamespace } from '../../src/sys/namespace.ts'
import { removeNamespaces } from '../kit/process.ts'

export interface Scratch {
  /** Name of the namespace, as `ip netns` shows it. */
  readonly name: string
  readonly namespace: Namespace
  /** An rtnetlink socket of the namespace. */
  readonly socket: NetlinkSocket
  /** Runs lines of `ip -batch`; all must succeed. */
  ip(...lines: string[]): void
  /** The same as `ip -6`. */
  ip6(...lines: string[]): void
  /** What `ip -j` says. */
  json<T = Record<string, unknown>>(...argv: string[]): T[]
}

const names = new Set<string>()
let count = 0

process.once('exit', () => removeNamespaces([...names]))
// a runner that gives up on us sends a signal, which without a handler would skip the exit handlers
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))

/** The name is of the pattern that test/kit/laboratory.ts sweeps up after a killed process. */
export function openScratch(t: { teardown(ending: () => unknown): unknown }, ...lines: string[]): Scratch {
  const name = `er${process.pid}n${++count}-scratch`
  names.add(name)
  execFileSync('ip', ['netns', 'add', name])
  t.teardown(() => {
    removeNamespaces([name])
    names.delete(name)
  })
  const namespace = openNamespace(name)
  t.teardown(() => namespace[Symbol.dispose]())
  const socket = inNamespace(namespace, () => new NetlinkSocket(NETLINK_ROUTE))
  t.teardown(() => socket[Symbol.dispose]())
  const batch = (options: readonly string[], lines: readonly string[]) => {
    const argv = [...options, '-n', name, '-batch', '-']
    execFileSync('ip', argv, { input: `${lines.join('\n')}\n`, stdio: ['pipe', 'ignore', 'pipe'] })
  }
  const ip = (...lines: string[]) => batch([], lines)
  const ip6 = (...lines: string[]) => batch(['-6'], lines)
  if (lines.length > 0) ip(...lines)
  const json = <T>(...argv: string[]) =>
    JSON.parse(execFileSync('ip', ['-n', name, '-j', ...argv], { encoding: 'utf8', maxBuffer: 1 << 26 }) || '[]') as T[]
  return { name, namespace, socket, ip, ip6, json }
}
