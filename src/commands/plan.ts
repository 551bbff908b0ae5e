import type { CommandOptions } from './options.ts'

/** Not written yet. */
export async function plan(_options: CommandOptions): Promise<number> {
  throw new Error('plan is not written yet')
}
