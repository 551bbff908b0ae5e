import { readFileSync } from 'node:fs'

/** The version of package.json, which lies as far above the sources as above what is built of them. */
export const version = (): string => JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version
