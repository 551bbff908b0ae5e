import { ConfigError, exitCodeOf, formatError, formatIssue } from '../errors.ts'
import type { Command, CommandOptions } from './options.ts'

/** Every command, loaded only when it is the one: the others' modules would only delay it. */
export const commands = {
  run: async () => (await import('./run.ts')).run,
  config: async () => (await import('./config.ts')).config,
  plan: async () => (await import('./plan.ts')).plan,
  check: async () => (await import('./check.ts')).check,
  show: async () => (await import('./show.ts')).show,
  clean: async () => (await import('./clean.ts')).clean,
  agent: async () => (await import('./agent.ts')).agent,
  'install-cni': async () => (await import('./install-cni.ts')).installCni,
  'uninstall-cni': async () => (await import('./install-cni.ts')).uninstallCni
} as const satisfies Readonly<Record<string, () => Promise<Command>>>

export type CommandName = keyof typeof commands

/** The commands about one router, which take its settings; the others are the agent's. */
export type RouterCommandName = Exclude<CommandName, 'agent' | 'install-cni' | 'uninstall-cni'>

/** Runs a command and gives its exit code; what it throws is told on the standard error. */
export async function invoke(name: CommandName, options: CommandOptions): Promise<number> {
  try {
    const command: Command = await commands[name]()
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
