import type { CommandOptions } from './options.ts'

/** Not written yet. */
export async function clean(_options: CommandOptions): Promise<number> {
  throw new Error('clean is not written yet')
}
