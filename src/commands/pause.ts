import { join } from 'node:path'
import { becomeProgram, refuseUnlessExecutable } from '../sys/execute.ts'

/** What native/pause is built to, as far below the package from here as from what is built of this file. */
const program = join(import.meta.dirname, '../../dist/native/pause')

/** Errors: EgressRouterError `EUSAGE` when there is no such program: to be told before anything is changed. */
export const refuseWithoutPause = (): void =>
  refuseUnlessExecutable(
    program,
    'npm run build makes it where there is a C compiler (apt-get install gcc libc6-dev); or choose EGRESS_AFTER=stay'
  )

/**
 * Becomes the program that waits for SIGTERM. Comes back when a signal was there before; an error of execve(2) is thrown, with the router
 * set up as it is.
 */
export const pause = (signal: AbortSignal): Promise<void> => becomeProgram(program, 'egress-router: pause', () => signal.aborted)
