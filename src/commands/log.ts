import { setTraceSink } from '../netlink/trace.ts'
import { createLog, type Log } from '../observe/log.ts'
import type { CommandOptions } from './options.ts'

export interface LogWish {
  readonly debug: boolean
  readonly logFormat: 'auto' | 'json' | 'text'
}

/** The log of a command: on the standard error, text on a terminal and JSON elsewhere unless the user chose. */
export function openLog({ stderr, env }: CommandOptions, { debug, logFormat }: LogWish): Log {
  const format = logFormat === 'auto' ? (stderr.isTTY ? 'text' : 'json') : logFormat
  const log = createLog({ format, debug, stream: stderr })
  if (env.EGRESS_TRACE === 'netlink') setTraceSink(line => log.info(line))
  return log
}
