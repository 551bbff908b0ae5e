import type { Command } from './options.ts'

/** Every command, loaded only when it is the one: the others' modules would only delay it. */
export const commands = {
  run: async () => (await import('./run.ts')).run,
  config: async () => (await import('./config.ts')).config,
  plan: async () => (await import('./plan.ts')).plan,
  check: async () => (await import('./check.ts')).check,
  show: async () => (await import('./show.ts')).show,
  clean: async () => (await import('./clean.ts')).clean
} as const satisfies Readonly<Record<string, () => Promise<Command>>>

export type CommandName = keyof typeof commands
