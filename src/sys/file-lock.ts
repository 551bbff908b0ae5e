import { closeSync, openSync } from 'node:fs'
import { errno } from './errno.ts'
import { lastErrno, openLibrary } from './ffi.ts'
import { SyscallError } from './syscalls.ts'

const libc = openLibrary('libc.so.6', 'the GNU C library is needed; on Alpine use a Debian or Ubuntu based image')
const flock = libc.declare<(fd: number, operation: number) => number>('int flock(int fd, int operation)')

/** <sys/file.h> */
const LOCK_EX = 2
const LOCK_NB = 4

/**
 * Locks a file, which is made when it is not there, until it is disposed of or the process ends, however it ends (flock(2)). Undefined
 * when another process holds it.
 */
export function lockFile(path: string): Disposable | undefined {
  const fd = openSync(path, 'a', 0o600)
  let open = true
  const release = () => {
    if (open) closeSync(fd)
    open = false
  }
  if (flock(fd, LOCK_EX | LOCK_NB) === 0) return { [Symbol.dispose]: release }
  const number = lastErrno()
  release()
  if (number === errno.EAGAIN) return undefined
  throw new SyscallError('flock', number, path)
}
