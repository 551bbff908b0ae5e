import { type Operation, printOperation } from '../state/operation.ts'

const words = { add: 'is missing', change: 'is not as it should be', delete: 'should not be there' } as const

/** What is not as it should be, in words: the difference that an operation would remove. */
export function describe(operation: Operation): string {
  const { kind, verb } = operation
  if (kind === 'ruleset') return `nftables table inet ${operation.resource.table} ${words[verb]}`
  if (kind === 'sysctl')
    return `sysctl ${operation.resource.key.replaceAll('/', '.')} is ${operation.before?.value ?? 'unknown'}, not ${operation.resource.value}`
  const [, what] = /^ip(?: -6)? \w+ \w+ (.*)$/.exec(printOperation(operation)) ?? []
  return `${kind} ${what} ${words[verb]}`
}
