import { agent } from './agent.ts'
import { invoke } from './invoke.ts'
import type { Command } from './options.ts'

/**
 * The agent, which is bundled by itself: it has classes of its own, so that the errors that it throws are known as ours only here and are
 * told here.
 */
export const agentApart: Command = options => invoke(agent, options)
