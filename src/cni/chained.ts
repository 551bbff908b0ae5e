import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { namesOurPlugin } from './conflist.ts'
import { configurationsIn } from './install.ts'

/** Whether the network configuration that a runtime takes, the first by name, names our plugin. */
export function isChained(configurations: string): boolean {
  try {
    const path = join(configurations, configurationsIn(configurations)[0] ?? '')
    return namesOurPlugin(readFileSync(path, 'utf8'), path)
  } catch {
    return false
  }
}
