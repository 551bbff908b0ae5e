import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The version of package.json, which lies as far above the sources as above what is built of them. */
export const version = (): string => JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')).version
