import { accessSync, constants, readdirSync } from 'node:fs'
import { EgressRouterError } from '../errors.ts'
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
 * Keeps SIGTERM and SIGINT from the calling thread. What comes now waits for the program that this process becomes, or (through another
 * thread) still arrives in the event loop: a turn of it must pass before `becomeProgram`.
 */
export const holdSignals = (): void => blockSignals(ENDING)

/**
 * Becomes another program (execve(2)): same process, and of its descriptors the three standard ones alone. By themselves it would be
 * others: Node makes the standard ones close, and libnftables' socket does not.
 *
 * Errors: SyscallError; the process goes on then.
 */
export function becomeProgram(file: string, name: string): never {
  for (const entry of readdirSync('/proc/self/fd')) setCloseOnExec(Number(entry), Number(entry) > 2)
  return execute(file, [name])
}
