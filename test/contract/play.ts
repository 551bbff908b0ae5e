// Plays the steps of a case on a stage and writes down every answer, and what is there at the end.
import { EgressRouterError } from '../../src/errors.ts'
import { NetlinkError } from '../../src/netlink/acknowledgement.ts'
import type { Ruleset } from '../../src/nftables/ruleset.ts'
import { errnoName } from '../../src/sys/errno.ts'
import { normalize } from '../kernel/normalize.ts'
import type { Stage } from '../kernel/stage.ts'
import type { Step } from './steps.ts'

export interface Played {
  readonly answers: readonly string[]
  readonly state: ReturnType<typeof normalize>
  readonly ruleset: Ruleset | undefined
}

export function play(stage: Stage, steps: readonly Step[], sysctls: readonly string[] = []): Played {
  const answers = steps.map(step => answerTo(stage, step))
  const observed = stage.kernel.observe({ sysctls })
  return { answers, state: normalize(observed), ruleset: observed.ruleset }
}

export function answerTo(stage: Stage, step: Step): string {
  if (step.kind === 'plug' || step.kind === 'unplug') {
    step.kind === 'plug' ? stage.plug(step.resource) : stage.unplug(step.resource)
    return 'done'
  }
  try {
    stage.kernel.apply(step)
    return 'done'
  } catch (error) {
    if (error instanceof NetlinkError) return [error.code, errnoName(error.errno), error.kernelMessage].filter(Boolean).join(' ')
    // of the others the words are ours, and the same; those of libnftables are not imitated
    if (error instanceof EgressRouterError)
      return error.code === 'ENFTABLES' ? error.code : `${error.code} ${error.message.replace(/index \d+/, 'index N')}`
    throw error
  }
}
