import { openLinux } from '../kernel/linux.ts'
import { PROCESS_NAME } from '../router/keep.ts'
import { tearDown } from '../router/tear-down.ts'
import { printOperation } from '../state/operation.ts'
import { openLog } from './log.ts'
import { type CommandOptions, readIdentity } from './options.ts'

/** Removes everything of ours, in an order in which nothing leaves with a wrong source on the way. */
export async function clean(options: CommandOptions): Promise<number> {
  const identity = await readIdentity(options)
  const log = openLog(options, identity)
  process.title = PROCESS_NAME
  using kernel = openLinux({ namespace: options.netns })
  const done = tearDown(kernel, identity.numbers)
  for (const operation of done) log.debug(printOperation(operation))
  log.info(done.length === 0 ? 'nothing of ours was there' : 'clean', { operations: done.length })
  return 0
}
