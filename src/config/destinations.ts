import type { ConfigIssue } from '../errors.ts'
import { familyOf } from '../ip/address.ts'
import type { Family } from '../ip/family.ts'
import { runAtOnce, runInSlices, type Steps } from '../steps.ts'
import { familyName } from './address.ts'
import { readDestinationLine } from './destination-line.ts'
import { issueAt, type Place, refusedAt, type Text } from './place.ts'
import { protocols } from './port.ts'
import type { Fallback, Redirect, Source } from './shape.ts'
import { addressesOf } from './source-address.ts'

/** The redirects and fallbacks of a text, with all that is wrong in it; whoever finds issues uses neither. */
export interface Destinations {
  readonly redirects: readonly Redirect[]
  readonly fallbacks: readonly Fallback[]
  readonly issues: readonly ConfigIssue[]
}

/**
 * Parses destinations, lines counted from 1. `source` says where the text is from. With `sources` a destination is refused
 * that no source can reach, or that is a source itself.
 */
export function parseDestinations(text: string, source: string, sources?: readonly Source[]): Destinations {
  return runAtOnce(parsingDestinations(text, source, sources))
}

function parsingDestinations(text: string, source: string, sources?: readonly Source[]): Steps<Destinations> {
  return parsingLines({ source }, linesOf({ source, line: 1, text: text.replace(/^\ufeff/, '') }), sources)
}

/** The same beside other things: thousands of lines do not hold up the event loop. */
export function parseDestinationsInSlices(text: string, source: string, sources?: readonly Source[]): Promise<Destinations> {
  return runInSlices(parsingDestinations(text, source, sources))
}

/** The lines of a text, each with its number: one after the other, so that a long list is not there twice. */
export function* linesOf({ source, path, text, line = 1 }: Text): Generator<Text> {
  for (let from = 0, number = line; from <= text.length; number++) {
    const found = text.indexOf('\n', from)
    const to = found < 0 ? text.length : found
    yield { source, line: number, path, text: text.slice(from, to) }
    from = to + 1
  }
}

/** Parses lines that know where they stand; `whole` is the place of all of them. */
export function parseDestinationLines(whole: Place, lines: Iterable<Text>, sources?: readonly Source[]): Destinations {
  return runAtOnce(parsingLines(whole, lines, sources))
}

const PORTS = 0x10000

/** Lines a step. */
const STEP = 200

function* parsingLines(whole: Place, lines: Iterable<Text>, sources?: readonly Source[]): Steps<Destinations> {
  const redirects: Redirect[] = []
  const fallbacks = new Map<Family, { fallback: Fallback; at: Text }>()
  /** Where each port was redirected first. */
  const taken = new Map<number, Place['line' | 'path']>()
  const issues: ConfigIssue[] = []
  const check = (at: Text, address: string) => {
    const reason = sources && whyUnreachable(address, sources)
    if (reason !== undefined) issues.push(issueAt(at, `EGRESS_DESTINATION value '${at.text.trim()}' is invalid: ${reason}`))
  }
  let count = 0
  for (const at of lines) {
    if (++count % STEP === 0) yield
    const { redirect, fallback, refusals = [] } = readDestinationLine(at.text)
    for (const refusal of refusals) issues.push(refusedAt(at, refusal))
    if (redirect) {
      const { protocol, port, destination } = redirect
      const [first] = fallbacks.size > 0 ? fallbacks.values() : []
      if (first) issues.push(issueAt(at, `${mustBeLast} (it stands ${onLine(first.at.line ?? first.at.path)})`))
      const key = protocols.indexOf(protocol) * PORTS + port
      if (taken.has(key)) {
        const reason = `${protocol} ${port} is redirected ${onLine(taken.get(key))} already`
        issues.push(issueAt(at, `EGRESS_DESTINATION localport ${port} is already used, must be unique for each destination (${reason})`))
      } else taken.set(key, at.line ?? at.path)
      if ('address' in destination) check(at, destination.address)
      redirects.push(redirect)
    }
    if (fallback) {
      const before = fallbacks.get(fallback.family)
      if (before)
        issues.push(
          issueAt(
            at,
            `${mustBeLast} (the ${familyName(fallback.family)} fallback stands ${onLine(before.at.line ?? before.at.path)} already)`
          )
        )
      else fallbacks.set(fallback.family, { fallback, at })
      check(at, fallback.address)
    }
  }
  if (redirects.length === 0 && fallbacks.size === 0 && issues.length === 0)
    issues.push(issueAt(whole, unspecified, 'give a rule such as: 80 tcp 203.0.113.25'))
  return { redirects, fallbacks: Array.from(fallbacks.values(), ({ fallback }) => fallback), issues }
}

const mustBeLast = 'EGRESS_DESTINATION fallback IP must be the last line'
const unspecified = 'EGRESS_DESTINATION unspecified: no rule and no fallback in it'

const onLine = (where: number | string | undefined) => (typeof where === 'number' ? `on line ${where}` : `at ${where}`)

/** Why an address cannot be a destination of these sources. */
function whyUnreachable(address: string, sources: readonly Source[]): string | undefined {
  const source = sources.find(({ family }) => family === familyOf(address))
  if (!source) return `${address} is an ${familyName(familyOf(address))} address, and there is no source of that family`
  if (source.address === address) return `${address} is the source address itself`
  // one address is the rule, and this is asked for every line
  const own = source.further && addressesOf(source).some(entry => entry.address === address)
  return own ? `${address} is an address of the router itself` : undefined
}
