import { type CommandOptions, readIdentity } from './options.ts'

/** Not written yet. */
export async function clean(options: CommandOptions): Promise<number> {
  await readIdentity(options)
  throw new Error('clean is not written yet')
}
