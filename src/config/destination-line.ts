import { familyOf, isIPv4 } from '../ip/address.ts'
import { describeUse, readAddress, specialUse } from './address.ts'
import { readHostName } from './host-name.ts'
import { LAST_PORT, readPort, readProtocol, resemblesPort } from './port.ts'
import { prefixed, quote, Refusal, refuse } from './refusal.ts'
import type { Fallback, Protocol, Redirect } from './shape.ts'

/** What a line of destinations says: a redirect, a fallback, nothing, or why it is refused. */
export interface DestinationLine {
  readonly redirect?: Redirect
  readonly fallback?: Fallback
  readonly refusals?: readonly Refusal[]
}

/** One line of destinations; blanks are spaces and tabs, and a carriage return at the end is ignored. */
export function readDestinationLine(text: string): DestinationLine {
  const redirect = readUsual(text)
  if (redirect) return { redirect }
  const line = text.replace(/\r$/, '').replace(/^[ \t]+|[ \t]+$/g, '')
  // even a comment: the next line used to belong to it, and would come to life
  if (line.endsWith('\\')) return refused(line, refuse('a line cannot go on in the next one'))
  if (line === '' || line.startsWith('#')) return {}
  const fields = line.split(/[ \t]+/)
  if (fields.length === 1) return readFallback(line)
  if (!resemblesPort(fields[0] as string)) return refused(line, refuse('a rule is PORT PROTOCOL TARGET [PORT], a fallback one IP address'))
  return readRule(line, fields)
}

/** PORT PROTOCOL IPV4 [PORT], as nearly all lines of a long list are. */
const usual = /^[ \t]*([1-9]\d{0,4})[ \t]+(tcp|udp|sctp)[ \t]+([\d.]+)(?:[ \t]+([1-9]\d{0,4}))?[ \t]*\r?$/

/** A redirect in its usual form to an address that is nothing special. All else, and what is wrong, is for the whole grammar to say. */
function readUsual(text: string): Redirect | undefined {
  const [, port, protocol, address, targetPort = port] = usual.exec(text) ?? []
  if (address === undefined || !isIPv4(address) || Number(port) > LAST_PORT || Number(targetPort) > LAST_PORT) return undefined
  const network = Number.parseInt(address, 10)
  if (network === 0 || network === 127 || network >= 224) return undefined
  return { protocol: protocol as Protocol, port: Number(port), destination: { address, port: Number(targetPort) } }
}

function readFallback(line: string): DestinationLine {
  const address = readAddress(line)
  if (address instanceof Refusal) return refused(line, address)
  const reason = whyNoDestination(address)
  return reason ? refused(line, refuse(reason)) : { fallback: { family: familyOf(address), address } }
}

function readRule(line: string, [portText = '', protocolText, targetText, targetPortText, ...more]: string[]): DestinationLine {
  const refusals: Refusal[] = []
  const read = <T>(result: T | Refusal): T | undefined => {
    if (!(result instanceof Refusal)) return result
    // a number out of range is told in the classic words alone; all else is a line of the wrong form
    refusals.push(/^Invalid port: \d/.test(result.reason) ? result : invalid(line, result))
    return undefined
  }
  const port = read(readPort(portText))
  const protocol = read(protocolText === undefined ? refuse('the protocol is missing') : readProtocol(protocolText))
  const target = read(targetText === undefined ? refuse('the target is missing') : readTarget(targetText))
  const comment = [targetPortText, ...more].find(field => field?.startsWith('#'))
  if (comment !== undefined) read(refuse('a comment stands on a line of its own'))
  else if (more.length > 0) read(refuse(`${quote(more.join(' '))} follows the port of the target`))
  const targetPort = targetPortText === undefined || comment !== undefined ? port : read(readPort(targetPortText))
  if (port === undefined || protocol === undefined || target === undefined || targetPort === undefined || refusals.length > 0)
    return { refusals }
  return { redirect: { protocol, port, destination: { ...target, port: targetPort } } }
}

/** An address when it looks like one, else a host name. */
function readTarget(text: string): { address: string } | { name: string } | Refusal {
  const address = readAddress(text)
  if (address instanceof Refusal) {
    // an address in the wrong clothes has its own reason; what has no digits and colons of an address is a name
    if (/^::ffff:/i.test(text)) return address
    const name = readHostName(text)
    return name instanceof Refusal ? name : { name }
  }
  const reason = whyNoDestination(address)
  return reason ? refuse(reason) : { address }
}

function whyNoDestination(address: string): string | undefined {
  const use = specialUse(address)
  if (use === undefined) return undefined
  if (use !== 'link-local') return `${describeUse(address, use)}, no destination outside`
  return familyOf(address) === 'ipv6' ? `${describeUse(address, use)}, of a zone that no rule can name` : undefined
}

const invalid = (line: string, refusal: Refusal) => prefixed(`EGRESS_DESTINATION value ${quote(line)} is invalid: `, refusal)

const refused = (line: string, refusal: Refusal): DestinationLine => ({ refusals: [invalid(line, refusal)] })
