import type { CommandOptions } from './options.ts'

/** Not written yet. */
export async function show(_options: CommandOptions): Promise<number> {
  throw new Error('show is not written yet')
}
