import { EgressRouterError } from '../errors.ts'
import { errno, errnoName } from './errno.ts'
import { lastErrno, openLibrary } from './ffi.ts'

/** A system call that the kernel refused: `bind: EADDRINUSE`. */
export class SyscallError extends EgressRouterError {
  readonly syscall: string
  readonly errno: number

  constructor(syscall: string, number: number, what = '', hint?: string) {
    super('ESYSCALL', `${syscall}${what && ` ${what}`}: ${errnoName(number)}`, { hint })
    this.syscall = syscall
    this.errno = number
  }
}

const libc = openLibrary('libc.so.6', 'the GNU C library is needed; on Alpine use a Debian or Ubuntu based image')

type Bytes = Uint8Array
const c = {
  socket: libc.declare<(domain: number, type: number, protocol: number) => number>('int socket(int domain, int type, int protocol)'),
  bind: libc.declare<(fd: number, address: Bytes, length: number) => number>('int bind(int fd, const void *address, uint32_t length)'),
  getsockname: libc.declare<(fd: number, address: Bytes, length: Uint32Array) => number>(
    'int getsockname(int fd, void *address, void *length)'
  ),
  setsockopt: libc.declare<(fd: number, level: number, name: number, value: Bytes, length: number) => number>(
    'int setsockopt(int fd, int level, int name, const void *value, uint32_t length)'
  ),
  sendto: libc.declareWithThread<
    (fd: number, bytes: Bytes, length: number, flags: number, address: Bytes | null, addressLength: number) => number
  >('int64_t sendto(int fd, const void *bytes, size_t length, int flags, const void *address, uint32_t address_length)'),
  recvfrom: libc.declare<
    (fd: number, bytes: Bytes, length: number, flags: number, address: Bytes | null, size: Uint32Array | null) => number
  >('int64_t recvfrom(int fd, void *bytes, size_t length, int flags, void *address, void *address_length)'),
  setFilter: libc.declare<(fd: number, level: number, name: number, value: { len: number; filter: Bytes }, length: number) => number>(
    'int setsockopt(int fd, int level, int name, const sock_fprog *value, uint32_t length)',
    { sock_fprog: { len: 'uint16_t', filter: 'const void *' } }
  ),
  ioctl: libc.declare<(fd: number, request: number, argument: Bytes) => number>('int ioctl(int fd, unsigned long request, void *argument)'),
  fcntl: libc.declare<(fd: number, command: number, value: number) => number>('int fcntl(int fd, int command, int value)'),
  sigprocmask: libc.declare<(how: number, set: Bytes, old: null) => number>('int sigprocmask(int how, const void *set, void *old)'),
  execve: libc.declare<(file: string, argv: readonly (string | null)[], env: readonly null[]) => number>(
    'int execve(const char *file, const char **argv, const char **env)'
  ),
  close: libc.declareWithThread<(fd: number) => number>('int close(int fd)'),
  setns: libc.declare<(fd: number, kind: number) => number>('int setns(int fd, int kind)')
}

function check(syscall: string, result: number, what?: string): number {
  if (result < 0) throw new SyscallError(syscall, lastErrno(), what)
  return result
}

/** socket(2); always close-on-exec. */
export function socket(domain: number, type: number, protocol: number): number {
  return moveUp(check('socket', c.socket(domain, type | SOCK_CLOEXEC, protocol)))
}

/** So many descriptors a process may have before they make room. */
const FEW = 64
/** The first number that a `fd_set` cannot hold (FD_SETSIZE). */
const FD_SETSIZE = 1024

/**
 * Gives a descriptor a number that select(2) cannot name, when there are many, and gives that. libnftables waits with select and ends the
 * process when its socket has such a number: the low ones are left to it.
 */
export function moveUp(fd: number): number {
  if (fd < FEW) return fd
  const high = c.fcntl(fd, F_DUPFD_CLOEXEC, FD_SETSIZE)
  // a limit below that: it stays where it is
  if (high < 0) return fd
  close(fd)
  return high
}

/** bind(2) to the bytes of a sockaddr. */
export function bind(fd: number, address: Bytes): void {
  check('bind', c.bind(fd, address, address.length))
}

/** getsockname(2): the bytes of the sockaddr, at most `size`. */
export function socketName(fd: number, size: number): Bytes {
  const address = new Uint8Array(size)
  check('getsockname', c.getsockname(fd, address, new Uint32Array([size])))
  return address
}

/** setsockopt(2) with an int, or with the bytes of a structure. */
export function setSocketOption(fd: number, level: number, name: number, value: number | Bytes): void {
  const bytes = typeof value === 'number' ? new Uint8Array(Int32Array.of(value).buffer) : value
  check('setsockopt', c.setsockopt(fd, level, name, bytes, bytes.length))
}

/** Whether setsockopt(2) took the option: for options that older kernels do not have. */
export function trySocketOption(fd: number, level: number, name: number, value: number): boolean {
  return c.setsockopt(fd, level, name, new Uint8Array(Int32Array.of(value).buffer), 4) === 0
}

/** Attaches a classic BPF program to a socket (SO_ATTACH_FILTER, socket(7)); it replaces the one before. */
export function attachFilter(fd: number, program: Bytes): void {
  const size = 16 // struct sock_fprog on 64 bits
  check('setsockopt', c.setFilter(fd, SOL_SOCKET, SO_ATTACH_FILTER, { len: program.length / 8, filter: program }, size), 'SO_ATTACH_FILTER')
}

/** sendto(2); the number of bytes that went out. Interrupted calls are made again. */
export function send(fd: number, bytes: Bytes, address: Bytes | null = null, length = bytes.length): number {
  for (;;) {
    const sent = Number(c.sendto(fd, bytes, length, 0, address, address?.length ?? 0))
    if (sent >= 0) return sent
    const number = lastErrno()
    if (number !== errno.EINTR) throw new SyscallError('sendto', number)
  }
}

/**
 * sendto(2) in a thread of libuv's pool, while the event loop goes on; the bytes must stay as they are until then. A socket keeps its
 * namespace whichever thread uses it.
 */
export async function sendInThread(fd: number, bytes: Bytes): Promise<number> {
  const sent = Number(await c.sendto.inThread(fd, bytes, bytes.length, 0, null, 0))
  // the other thread's error number is out of reach; nothing has gone out, so that a second try tells it
  return sent >= 0 ? sent : send(fd, bytes)
}

/** Where recvfrom(2) is told how much room there is for an address, and tells how much it took. */
const addressSize = new Uint32Array(1)

/**
 * recvfrom(2) into `into`; the length of the datagram, which is above `into.length` when it did not fit (MSG_TRUNC), or -1 when
 * nothing is there (EAGAIN). With `address` the sender's sockaddr is written there.
 */
export function receive(fd: number, into: Bytes, flags = 0, address: Bytes | null = null): number {
  for (;;) {
    if (address !== null) addressSize[0] = address.length
    const length = Number(c.recvfrom(fd, into, into.length, flags | MSG_TRUNC, address, address === null ? null : addressSize))
    if (length >= 0) return length
    const number = lastErrno()
    if (number === errno.EAGAIN) return -1
    if (number !== errno.EINTR) throw new SyscallError('recvfrom', number)
  }
}

/** close(2). */
export function close(fd: number): void {
  c.close(fd)
}

/** The same in another thread: closing a packet socket waits for every processor to have let go of it, some ten milliseconds. */
export function closeInThread(fd: number): void {
  void c.close.inThread(fd).catch(() => {})
}

/** struct ifreq of <net/if.h>: a name, then what is asked for. */
const ifreq = Buffer.alloc(40)

/**
 * Index of a link in the namespace of a socket of whatever family (SIOCGIFINDEX, netdevice(7)), or undefined when there is none by that
 * name: a hundredth of what rtnetlink takes to tell of a link all that it knows.
 */
export function linkIndexOf(fd: number, name: string): number | undefined {
  if (Buffer.byteLength(name) >= IFNAMSIZ) return undefined
  ifreq.fill(0, ifreq.write(name))
  if (c.ioctl(fd, SIOCGIFINDEX, ifreq) === 0) return ifreq.readInt32LE(IFNAMSIZ)
  const number = lastErrno()
  if (number === errno.ENODEV) return undefined
  throw new SyscallError('ioctl', number, `SIOCGIFINDEX ${name}`)
}

/** Whether a descriptor closes when the process becomes another program (FD_CLOEXEC, fcntl(2)). One that is closed already stays so. */
export function setCloseOnExec(fd: number, closes: boolean): void {
  c.fcntl(fd, F_SETFD, closes ? FD_CLOEXEC : 0)
}

/** sigprocmask(2): signals by their numbers wait from now on, as far as the calling thread goes. */
export function blockSignals(numbers: readonly number[]): void {
  const set = new Uint8Array(128) // sigset_t of the GNU C library
  for (const number of numbers) set[(number - 1) >> 3] = (set[(number - 1) >> 3] as number) | (1 << ((number - 1) & 7))
  check('sigprocmask', c.sigprocmask(SIG_BLOCK, set, null))
}

/** execve(2) with an empty environment; returns only to throw. */
export function execute(file: string, argv: readonly string[]): never {
  c.execve(file, [...argv, null], [null])
  throw new SyscallError('execve', lastErrno(), file)
}

/** setns(2) of the calling thread into the network namespace behind `fd`. Only src/sys/namespace.ts may call this. */
export function setNetworkNamespace(fd: number): void {
  check('setns', c.setns(fd, CLONE_NEWNET))
}

export const AF_INET = 2
export const AF_INET6 = 10
export const AF_NETLINK = 16
export const AF_PACKET = 17
export const SOCK_DGRAM = 2
export const SOCK_RAW = 3
export const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000
export const SOL_SOCKET = 1
export const SO_RCVTIMEO = 20
const SO_ATTACH_FILTER = 26
export const SO_SNDBUF = 7
export const SO_SNDBUFFORCE = 32
export const SO_RCVBUFFORCE = 33
export const MSG_DONTWAIT = 0x40
const MSG_TRUNC = 0x20
const F_SETFD = 2
const SIOCGIFINDEX = 0x8933
const IFNAMSIZ = 16
const FD_CLOEXEC = 1
const SIG_BLOCK = 0
const F_DUPFD_CLOEXEC = 1030
const CLONE_NEWNET = 0x40000000
