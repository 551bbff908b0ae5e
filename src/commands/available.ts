import type { EgressConfig } from '../config/shape.ts'
import { UsageError } from '../errors.ts'

/** Errors: UsageError for a mode that is understood, and not served by this version. */
export function refuseUnavailableMode({ mode }: EgressConfig): void {
  if (mode === 'legacy' || mode === 'init') return
  throw new UsageError(`EGRESS_ROUTER_MODE '${mode}' is not available in this version`, 'use legacy or init')
}
