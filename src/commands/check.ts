import { openLinux } from '../kernel/linux.ts'
import { planRouter } from '../router/set-up.ts'
import type { Operation } from '../state/operation.ts'
import { printOperation } from '../state/operation.ts'
import { refuseUnavailableMode } from './available.ts'
import { type CommandOptions, readConfig } from './options.ts'
import { DRIFT } from './plan.ts'

const words = { add: 'is missing', change: 'is not as it should be', delete: 'should not be there' } as const

/** Says in words whether the router in the namespace is what the configuration says; exit code 3 when it is not. */
export async function check(options: CommandOptions): Promise<number> {
  const config = await readConfig(options)
  refuseUnavailableMode(config)
  using kernel = openLinux({ namespace: options.netns })
  const { operations } = planRouter(kernel, config).plan
  if (operations.length === 0) {
    options.stdout.write('in sync\n')
    return 0
  }
  for (const operation of operations) options.stdout.write(`drift: ${describe(operation)}\n`)
  return DRIFT
}

function describe(operation: Operation): string {
  const { kind, verb } = operation
  if (kind === 'ruleset') return `nftables table inet ${operation.resource.table} ${words[verb]}`
  if (kind === 'sysctl')
    return `sysctl ${operation.resource.key.replaceAll('/', '.')} is ${operation.before?.value ?? 'unknown'}, not ${operation.resource.value}`
  const [, what] = /^ip(?: -6)? \w+ \w+ (.*)$/.exec(printOperation(operation)) ?? []
  return `${kind} ${what} ${words[verb]}`
}
