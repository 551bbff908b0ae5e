import { statSync } from 'node:fs'
import { openNamespace } from '../sys/namespace.ts'

/**
 * Device and inode of the network namespace at `path`, which tell it from any other that lives at the same time.
 *
 * Errors: EgressRouterError `EUSAGE` when there is none.
 */
export function identifyNamespace(path: string): string {
  using _namespace = openNamespace(path)
  const { dev, ino } = statSync(path)
  return `${dev}:${ino}`
}

/** Whether the very namespace is still at `path`. */
export function isStillThere(path: string, identity: string): boolean {
  try {
    const { dev, ino } = statSync(path)
    return `${dev}:${ino}` === identity
  } catch {
    return false
  }
}
