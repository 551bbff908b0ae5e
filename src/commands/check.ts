import { type CommandOptions, readConfig } from './options.ts'

/** Not written yet. */
export async function check(options: CommandOptions): Promise<number> {
  await readConfig(options)
  throw new Error('check is not written yet')
}
