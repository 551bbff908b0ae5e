import type { Numbers } from '../config/shape.ts'
import { compileNothing } from '../egress/compile.ts'
import { recall } from '../egress/memory.ts'
import { closed } from '../egress/ruleset.ts'
import type { LinuxKernel } from '../kernel/linux.ts'
import { type Plan, plan } from '../reconcile/plan.ts'
import type { Operation } from '../state/operation.ts'

/** Rounds until nothing of ours is left: a router that still runs may have put something back before it heard of the first. */
const ROUNDS = 5

/** What removing the router would do now. */
function planTearDown(kernel: LinuxKernel, numbers: Pick<Numbers, 'protocol'>): Plan {
  const before = kernel.observe({ sysctls: [] })
  const observed = { ...before, sysctls: kernel.observe({ sysctls: recall(before.ruleset).map(({ key }) => key) }).sysctls }
  const present = new Set(observed.sysctls.map(({ key }) => key))
  const nothing = compileNothing(numbers, observed)
  return plan({ ...nothing, sysctls: nothing.sysctls.filter(({ key }) => present.has(key)) }, observed)
}

/**
 * Removes everything of ours and puts the sysctls back, so that at no moment a packet leaves with a wrong source: nothing new is
 * redirected, then the link goes down, and the ruleset that guards it is the last to go.
 */
export function tearDown(kernel: LinuxKernel, numbers: Pick<Numbers, 'protocol'>): Operation[] {
  const done: Operation[] = []
  const perform = (operation: Operation) => {
    kernel.apply(operation)
    done.push(operation)
  }
  for (let round = 0; round < ROUNDS; round++) {
    const { operations } = planTearDown(kernel, numbers)
    if (operations.length === 0) break
    // a router that runs in this namespace hears of this first, from another process, and stands by
    const ruleset = kernel.ruleset()
    try {
      if (ruleset) perform({ kind: 'ruleset', verb: 'change', resource: closed(ruleset), before: ruleset })
    } catch (error) {
      // another `clean` has taken the table away meanwhile: what is left is looked at anew
      if (round + 1 < ROUNDS && kernel.ruleset() === undefined) continue
      throw error
    }
    for (const operation of operations) perform(operation)
  }
  return done
}
