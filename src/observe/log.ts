import type { DestinationStream, Logger } from 'pino'

/** What a part of the router says while it works. Fields are facts for machines; the message is for people. */
export interface Log {
  debug(message: string, fields?: object): void
  info(message: string, fields?: object): void
  warn(message: string, fields?: object): void
  error(message: string, fields?: object): void
  /** Whether `debug` goes nowhere: who has much to say need not put it into words. */
  readonly discreet?: boolean | undefined
}

/** A log that says nothing. */
export const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, discreet: true }

export interface LogOptions {
  readonly format: 'json' | 'text'
  readonly debug: boolean
  readonly stream: DestinationStream
}

/** One line an event: JSON as pino writes it, or text for a terminal. */
export async function createLog({ format, debug, stream }: LogOptions): Promise<Log> {
  // pino takes longer to load than a router to set up: only who logs pays for it
  const { default: pino } = await import('pino')
  const logger: Logger = pino(
    {
      level: debug ? 'debug' : 'info',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) }
    },
    format === 'json' ? stream : { write: line => stream.write(asText(line)) }
  )
  const say =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields: object = {}): void =>
      logger[level](fields, message)
  return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error'), discreet: !debug }
}

/** `12:00:01 warn gateway 192.168.12.1 does not answer` */
function asText(line: string): string {
  const { time, level, msg, ...fields } = JSON.parse(line) as { time: string; level: string; msg: string }
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return `${time.slice(11, 19)} ${level} ${msg}${rest.join('')}\n`
}
