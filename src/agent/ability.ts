import { formatError } from '../errors.ts'
import { linkAtHome, openLinux } from '../kernel/linux.ts'
import { hasCapability } from '../sys/capabilities.ts'

/** Why nothing can be set up in any pod of this node at present; undefined when it can. Asks the kernel, and changes nothing. */
export function whyUnable(): string | undefined {
  // to make links and tables; to enter the namespaces of pods
  const missing = (['CAP_NET_ADMIN', 'CAP_SYS_ADMIN'] as const).filter(capability => !hasCapability(capability))
  if (missing.length > 0) return `the agent lacks ${missing.join(' and ')}`
  try {
    using kernel = openLinux()
    kernel.links()
    kernel.ruleset()
    return undefined
  } catch (error) {
    return `the kernel cannot be asked: ${formatError(error)}`
  }
}

/** Why no link of a pod gets anywhere by a parent of the node; undefined when it does. */
export function whyUseless(parent: string): string | undefined {
  const link = linkAtHome(parent)
  if (!link) return `the parent link '${parent}' does not exist on this node`
  if (!link.up) return `the parent link '${parent}' is down`
  return link.carrier ? undefined : `the parent link '${parent}' has no carrier`
}
