import { type CommandOptions, readConfig } from './options.ts'

/** Not written yet. */
export async function plan(options: CommandOptions): Promise<number> {
  await readConfig(options)
  throw new Error('plan is not written yet')
}
