import type { CommandOptions } from './options.ts'

/** Not written yet. */
export async function check(_options: CommandOptions): Promise<number> {
  throw new Error('check is not written yet')
}
