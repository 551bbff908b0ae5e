import { print } from '../reconcile/print.ts'
import { planRouter } from '../router/set-up.ts'
import { printOperation } from '../state/operation.ts'
import { refuseUnavailableMode } from './available.ts'
import { openKernel } from './kernel.ts'
import { type CommandOptions, readConfig } from './options.ts'

/** Exit code when something would be done. */
export const DRIFT = 3

/** Prints what `run` would change now, as commands or JSON; changes nothing. */
export async function plan(options: CommandOptions): Promise<number> {
  const config = await readConfig(options)
  refuseUnavailableMode(config)
  using kernel = openKernel(options, config)
  const { plan: wanted } = planRouter(kernel, config)
  const { operations } = wanted
  if (options.output === 'json') {
    const entries = operations.map(operation => {
      const { kind, verb, resource } = operation
      return { kind, verb, commands: printOperation(operation).split('\n'), resource }
    })
    options.stdout.write(`${JSON.stringify({ operations: entries }, null, 2)}\n`)
  } else if (operations.length === 0) {
    options.stderr.write('in sync: nothing to do\n')
  } else {
    options.stdout.write(print(wanted))
  }
  return options.exitCode && operations.length > 0 ? DRIFT : 0
}
