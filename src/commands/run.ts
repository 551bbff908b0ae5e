import { type CommandOptions, readConfig } from './options.ts'

/** Not written yet. */
export async function run(options: CommandOptions): Promise<number> {
  await readConfig(options)
  throw new Error('run is not written yet')
}
