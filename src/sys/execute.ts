import { accessSync, constants, readdirSync } from 'node:fs'
import { EgressRouterError } from '../errors.ts'
import { othersTurn } from '../time.ts'
import { blockSignals, execute, setCloseOnExec } from './syscalls.ts'

/** SIGINT and SIGTERM of <linux/signal.h>. */
const ENDING = [2, 15]

/** Errors: EgressRouterError `EUSAGE` when `file` is no program that could be executed. */
export function refuseUnlessExecutable(file: string, hint: string): void {
  try {
    accessSync(file, constants.X_OK)
  } catch (cause) {
    throw new EgressRouterError('EUSAGE', `${file} cannot be executed: ${(cause as Error).message}`, { hint, cause })
  }
}

/**
 * Becomes another program (execve(2)): same process, and of its descriptors the three standard ones alone. By themselves it would be
 * others: Node makes the standard ones close, and libnftables' socket does not.
 *
 * SIGTERM and SIGINT are kept from this thread and so wait for the program. One that another thread takes still comes to the event loop:
 * `isOver` is asked after that has turned, and when it is so, nothing happens. What a thread takes in the instant between that look
 * and the kernel's end of all threads is lost; whoever sends SIGTERM to end a process repeats itself, or goes on to SIGKILL.
 *
 * Errors: SyscallError; the process goes on then.
 */
export async function becomeProgram(file: string, name: string, isOver: () => boolean): Promise<void> {
  for (const entry of readdirSync('/proc/self/fd')) setCloseOnExec(Number(entry), Number(entry) > 2)
  blockSignals(ENDING)
  // the first turn may have looked for events already
  for (let turns = 0; turns < 2; turns++) await othersTurn()
  if (!isOver()) execute(file, [name])
}
