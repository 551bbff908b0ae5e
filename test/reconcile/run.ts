// One run of the router over a kernel: observe, compile, plan, apply.
import type { EgressConfig } from '../../src/config/shape.ts'
import { compile, compileNothing, interestOf } from '../../src/egress/compile.ts'
import { recall } from '../../src/egress/memory.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { apply } from '../../src/reconcile/apply.ts'
import { plan } from '../../src/reconcile/plan.ts'
import type { Operation } from '../../src/state/operation.ts'
import { answerTo } from '../contract/play.ts'
import type { Stage } from '../kernel/stage.ts'
import type { Scene } from './scenes.ts'

export function planFor(kernel: Kernel, config: EgressConfig): readonly Operation[] {
  const observed = kernel.observe(interestOf(config))
  return plan(compile(config, observed), observed).operations
}

export function planAway(kernel: Kernel, { numbers }: EgressConfig): readonly Operation[] {
  const before = kernel.observe({ sysctls: [] })
  const observed = kernel.observe({ sysctls: recall(before.ruleset).map(({ key }) => key) })
  return plan(compileNothing(numbers, observed), observed).operations
}

/** Brings a stage into the state in which a scene begins. */
export function prepare(stage: Stage, { before, earlier }: Scene): void {
  for (const step of before) answerTo(stage, step)
  if (!earlier) return
  const operations = planFor(stage.kernel, earlier.config)
  apply(operations.slice(0, earlier.operations), stage.kernel)
}
