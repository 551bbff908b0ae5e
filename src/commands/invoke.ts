import { ConfigError, exitCodeOf, formatError, formatIssue } from '../errors.ts'
import type { Command, CommandOptions } from './options.ts'

/** Runs a command and gives its exit code; what it throws is told on the standard error. */
export async function invoke(command: Command, options: CommandOptions): Promise<number> {
  try {
    return await command(options)
  } catch (error) {
    return tell(error, options)
  }
}

/** Prints an error for a person, a line for each problem, and gives the exit code that belongs to it. */
export function tell(error: unknown, { stderr, env }: Pick<CommandOptions, 'stderr' | 'env'>): number {
  const lines = error instanceof ConfigError ? error.issues.map(formatIssue) : [formatError(error)]
  for (const line of lines) stderr.write(`${line}\n`)
  // a stack is of use for what we did not foresee, and for who asked for detail
  if (env.EGRESS_ROUTER_DEBUG && error instanceof Error && exitCodeOf(error) === 1) stderr.write(`${error.stack}\n`)
  return exitCodeOf(error)
}
