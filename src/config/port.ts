import { quote, type Refusal, refuse } from './refusal.ts'
import type { Protocol } from './shape.ts'

/** The transport protocols that can be redirected. */
export const protocols: readonly Protocol[] = ['tcp', 'udp', 'sctp']

export const LAST_PORT = 65_535

/** A port from 1 to 65535 without sign and leading zero. The refusal begins with the words of the first egress router. */
export function readPort(text: string): number | Refusal {
  const reason = whyNoPort(text)
  return reason === undefined ? Number(text) : refuse(`Invalid port: ${shown(text)}, must be in the range 1 to 65535 (${reason})`)
}

/** A protocol by its name in any case. */
export function readProtocol(text: string): Protocol | Refusal {
  const protocol = protocols.find(name => name === text.toLowerCase())
  return protocol ?? refuse(`protocol ${quote(text)} is none of ${protocols.join(', ')}`)
}

/** Whether a text is meant as a port, right or wrong. */
export const resemblesPort = (text: string): boolean => /^[+-]?\d+$/.test(text)

function whyNoPort(text: string): string | undefined {
  if (/^[+-]\d/.test(text)) return 'a port has no sign'
  if (!/^\d+$/.test(text)) return 'a port is a whole number'
  if (/^0+$/.test(text)) return 'no connection can be made to port 0'
  if (text.startsWith('0')) return 'a leading zero reads as octal elsewhere'
  return Number(text) > LAST_PORT ? `port ${shown(text)} is above 65535` : undefined
}

/** A port stands in its message as it was typed; anything else is quoted. */
const shown = (text: string) => (resemblesPort(text) && text.length < 40 ? text : quote(text))
