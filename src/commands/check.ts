import { describe } from '../reconcile/describe.ts'
import { planRouter } from '../router/set-up.ts'
import { refuseUnavailableMode } from './available.ts'
import { openKernel } from './kernel.ts'
import { type CommandOptions, readConfig } from './options.ts'
import { DRIFT } from './plan.ts'

/** Says in words whether the router in the namespace is what the configuration says; exit code 3 when it is not. */
export async function check(options: CommandOptions): Promise<number> {
  const config = await readConfig(options)
  refuseUnavailableMode(config)
  using kernel = openKernel(options, config)
  const { operations } = planRouter(kernel, config).plan
  if (operations.length === 0) {
    options.stdout.write('in sync\n')
    return 0
  }
  for (const operation of operations) options.stdout.write(`drift: ${describe(operation)}\n`)
  return DRIFT
}
