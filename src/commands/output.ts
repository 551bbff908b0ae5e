import { fstatSync, writeSync } from 'node:fs'
import type { Output } from './options.ts'

/** How long to wait before a full pipe is tried again, in milliseconds. */
const PATIENCE = 2

/** Major number of /dev/null and its like (<linux/major.h>): no terminals, and asking would load what is to be avoided here. */
const MEMORY = 1

/** A standard stream of the process, and whether something that was written to it is lost. */
export interface StandardOutput extends Output {
  readonly lost: boolean
}

/**
 * Writes straight to a descriptor, whole and in order, as the standard streams do on Linux: these would bring sockets and streams with them,
 * whose loading costs as much as the set-up of a router. A reader may stop reading, as `head` does: only what is lost otherwise counts.
 */
export function outputTo(fd: 1 | 2): StandardOutput {
  let lost = false
  return {
    get lost() {
      return lost
    },
    get isTTY() {
      return isTerminal(fd)
    },
    write(text) {
      try {
        writeAll(fd, Buffer.from(text))
      } catch (error) {
        lost ||= codeOf(error) !== 'EPIPE'
      }
    }
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  let rest = bytes
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest))
    } catch (error) {
      // another process has made the pipe that we share non-blocking
      if (codeOf(error) !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PATIENCE)
    }
  }
}

function isTerminal(fd: number): boolean {
  try {
    const status = fstatSync(fd)
    return status.isCharacterDevice() && status.rdev >> 8 !== MEMORY && (process.getBuiltinModule('node:tty')?.isatty(fd) ?? false)
  } catch {
    return false
  }
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code
