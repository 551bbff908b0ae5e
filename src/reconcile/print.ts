import { printOperation } from '../state/operation.ts'
import type { Plan } from './plan.ts'

/** The plan as shell commands, one a line; empty when there is nothing to do. */
export const print = (plan: Plan): string => plan.operations.map(operation => `${printOperation(operation)}\n`).join('')
