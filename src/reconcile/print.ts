import type { Operation } from '../kernel/kernel.ts'
import { linkAddress } from '../state/address.ts'
import { link } from '../state/link.ts'
import { route } from '../state/route.ts'
import { rule } from '../state/rule.ts'
import { ruleset } from '../state/ruleset.ts'
import { sysctl } from '../state/sysctl.ts'
import type { Plan } from './plan.ts'

/** One operation as an operator would type it; a ruleset takes several lines. */
export function printOperation(operation: Operation): string {
  const { verb } = operation
  switch (operation.kind) {
    case 'link':
      return link.command(verb, operation.resource)
    case 'address':
      return linkAddress.command(verb, operation.resource)
    case 'route':
      return route.command(verb, operation.resource)
    case 'rule':
      return rule.command(verb, operation.resource)
    case 'sysctl':
      return sysctl.command(verb, operation.resource)
    case 'ruleset':
      return ruleset.command(verb, operation.resource, operation.before)
  }
}

/** The plan as shell commands, one a line; empty when there is nothing to do. */
export const print = (plan: Plan): string => plan.operations.map(operation => `${printOperation(operation)}\n`).join('')
