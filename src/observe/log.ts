import { timestamp } from '../time.ts'

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
  /** Takes whole lines, as the standard error does. */
  readonly stream: { write(line: string): unknown }
}

type Level = 'debug' | 'info' | 'warn' | 'error'
type Format = (level: Level, time: string, message: string, fields: object) => string

/**
 * One line an event: JSON with `level`, `time`, the fields and `msg`, the shape that log collectors know from pino; or text for a
 * terminal. Written out here because loading a logging library takes longer than setting up a router, and more memory than keeping it.
 */
export function createLog({ format, debug, stream }: LogOptions): Log {
  const line: Format = format === 'json' ? asJson : asText
  const say =
    (level: Level) =>
    (message: string, fields: object = {}): void => {
      stream.write(`${line(level, timestamp(), message, fields)}\n`)
    }
  return { debug: debug ? say('debug') : silent.debug, info: say('info'), warn: say('warn'), error: say('error'), discreet: !debug }
}

const asJson: Format = (level, time, message, fields) => JSON.stringify({ level, time, ...fields, msg: message })

/** `12:00:01 warn gateway 192.168.12.1 does not answer` */
const asText: Format = (level, time, message, fields) => {
  const rest = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return `${time.slice(11, 19)} ${level} ${message}${rest.join('')}`
}
