import { type CommandOptions, readIdentity } from './options.ts'

/** Not written yet. */
export async function show(options: CommandOptions): Promise<number> {
  await readIdentity(options)
  throw new Error('show is not written yet')
}
