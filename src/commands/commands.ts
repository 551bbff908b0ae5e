import type { Command } from './options.ts'

/** Every command, loaded only when it is the one: the others' modules would only delay it. */
export const commands = {
  run: async () => (await import('./run.ts')).run,
  config: async () => (await import('./config.ts')).config,
  plan: async () => (await import('./plan.ts')).plan,
  check: async () => (await import('./check.ts')).check,
  show: async () => (await import('./show.ts')).show,
  clean: async () => (await import('./clean.ts')).clean,
  agent: async () => (await import('./agent-apart.ts')).agentApart,
  'install-cni': async () => (await import('./install-cni.ts')).installCni,
  'uninstall-cni': async () => (await import('./install-cni.ts')).uninstallCni
} as const satisfies Readonly<Record<string, () => Promise<Command>>>

export type CommandName = keyof typeof commands

/** The commands about one router, which take its settings; the others are the agent's. */
export type RouterCommandName = Exclude<CommandName, 'agent' | 'install-cni' | 'uninstall-cni'>
