import { linkAtHome, openLinux } from '../kernel/linux.ts'
import { describe } from '../reconcile/describe.ts'
import { planRouter } from '../router/set-up.ts'
import { type Attachment, configOf } from './attachment.ts'
import { compareLink } from './link.ts'

/**
 * Compares what is in the pod's namespace with what should be there; what differs, in words.
 *
 * Errors: EgressRouterError `EUSAGE` when the namespace is gone.
 */
export function findDifferences(attachment: Attachment): string[] {
  using kernel = openLinux({ namespace: attachment.namespace })
  const { link } = attachment
  const present = kernel.link(link.name)
  const differences = compareLink(link, present, linkAtHome(link.parent))
  const config = configOf(attachment)
  if (!config || !present) return differences
  return [...differences, ...planRouter(kernel, config).plan.operations.map(describe)]
}
