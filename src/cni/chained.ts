import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { namesOurPlugin } from './conflist.ts'
import { CONFIGURATION } from './install.ts'

/** Whether the network configuration that a runtime takes, the first by name, names our plugin. */
export function isChained(configurations: string): boolean {
  try {
    const [first] = readdirSync(configurations)
      .filter(name => CONFIGURATION.test(name))
      .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    const path = join(configurations, first ?? '')
    return namesOurPlugin(readFileSync(path, 'utf8'), path)
  } catch {
    return false
  }
}
