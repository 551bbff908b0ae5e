import { closeSync, fstatSync, openSync, type Stats, statSync } from 'node:fs'
import { EgressRouterError } from '../errors.ts'
import { errno } from './errno.ts'
import { moveUp, SyscallError, setNetworkNamespace } from './syscalls.ts'

/** A network namespace held open by a descriptor; closing it releases the hold. */
export interface Namespace extends Disposable {
  readonly fd: number
  /** What the user called it: a path, a process id or a name; `self` for the process' own. */
  readonly label: string
  /** Whether it is the namespace the process lives in, so that nothing has to be entered. */
  readonly own: boolean
}

const OWN = '/proc/self/ns/net'

/**
 * Opens a network namespace by path (`/proc/1/ns/net`), process id (`1234`) or name (`ip netns`, below /run/netns); without a
 * label, the process' own.
 *
 * Errors: EgressRouterError `EUSAGE` when nothing of that name is a network namespace.
 */
export function openNamespace(label?: string | number): Namespace {
  const path = label === undefined ? OWN : pathOf(String(label))
  let fd: number
  try {
    fd = moveUp(openSync(path, 'r'))
  } catch (cause) {
    throw new EgressRouterError('EUSAGE', `network namespace '${label ?? 'self'}': ${(cause as Error).message}`, {
      hint: 'give a path such as /proc/PID/ns/net, a process id, or a name that `ip netns list` shows',
      cause
    })
  }
  if (!isNetworkNamespace(fd)) {
    closeSync(fd)
    throw new EgressRouterError('EUSAGE', `'${path}' is not a network namespace`, {
      hint: 'a network namespace lies at /proc/PID/ns/net or /run/netns/NAME'
    })
  }
  let open = true
  return {
    fd,
    label: label === undefined ? 'self' : String(label),
    own: sameFile(fd),
    [Symbol.dispose]() {
      if (open) closeSync(fd)
      open = false
    }
  }
}

/**
 * Runs `open` with the calling thread inside `namespace`; the only setns(2) of the program. Sockets and libnftables contexts made
 * inside keep the namespace for their life. `open` must be synchronous to the last call: a promise would go on in the wrong one.
 */
export function inNamespace<T>(namespace: Namespace, open: () => T): T {
  if (namespace.own) return open()
  const home = openSync(OWN, 'r')
  try {
    enter(namespace)
    try {
      return open()
    } finally {
      setNetworkNamespace(home)
    }
  } finally {
    closeSync(home)
  }
}

function enter(namespace: Namespace): void {
  try {
    setNetworkNamespace(namespace.fd)
  } catch (error) {
    if (!(error instanceof SyscallError) || error.errno !== errno.EPERM) throw error
    throw new EgressRouterError('ECAPABILITY', `entering network namespace '${namespace.label}' needs CAP_SYS_ADMIN`, {
      hint: 'add SYS_ADMIN to the capabilities, or run inside the namespace itself, where NET_ADMIN is enough',
      cause: error
    })
  }
}

function pathOf(label: string): string {
  if (label.includes('/')) return label
  return /^\d+$/.test(label) ? `/proc/${label}/ns/net` : `/run/netns/${label}`
}

const sameFile = (fd: number) => isSame(statSync(OWN), fstatSync(fd))

/** Whether two handles hold one and the same namespace. */
export const sameNamespace = (a: Namespace, b: Namespace): boolean => isSame(fstatSync(a.fd), fstatSync(b.fd))

const isSame = (a: Stats, b: Stats) => a.dev === b.dev && a.ino === b.ino

/** All network namespaces live on the one nsfs device; any other kind of namespace there is refused later by setns itself. */
const isNetworkNamespace = (fd: number) => fstatSync(fd).dev === statSync(OWN).dev
