import type { CommandOptions } from './options.ts'

/** Not written yet. */
export async function run(_options: CommandOptions): Promise<number> {
  throw new Error('run is not written yet')
}
