import type { ConfigIssue } from '../errors.ts'
import { familyOf } from '../ip/address.ts'
import type { Family } from '../ip/family.ts'
import { runAtOnce, type Steps } from '../steps.ts'
import { familyName } from './address.ts'
import { readDestinationLine } from './destination-line.ts'
import { issueAt, type Place, refusedAt, type Text } from './place.ts'
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

/** The same in steps, for a list that is read while other things go on. */
export function parsingDestinations(text: string, source: string, sources?: readonly Source[]): Steps<Destinations> {
  return parsingLines({ source }, linesOf({ source, line: 1, text: text.replace(/^\ufeff/, '') }), sources)
}

/** The lines of a text, each with its number. */
export const linesOf = ({ text, line = 1, ...place }: Text): Text[] =>
  text.split('\n').map((part, i) => ({ ...place, line: line + i, text: part }))

/** Parses lines that know where they stand; `whole` is the place of all of them. */
export function parseDestinationLines(whole: Place, lines: readonly Text[], sources?: readonly Source[]): Destinations {
  return runAtOnce(parsingLines(whole, lines, sources))
}

/** Lines a step. */
const STEP = 200

function* parsingLines(whole: Place, lines: readonly Text[], sources?: readonly Source[]): Steps<Destinations> {
  const redirects: Redirect[] = []
  const fallbacks = new Map<Family, { fallback: Fallback; at: Text }>()
  const taken = new Map<string, Text>()
  const issues: ConfigIssue[] = []
  for (const [i, at] of lines.entries()) {
    if (i % STEP === STEP - 1) yield
    const { redirect, fallback, refusals = [] } = readDestinationLine(at.text)
    for (const refusal of refusals) issues.push(refusedAt(at, refusal))
    if (redirect) {
      const { protocol, port, destination } = redirect
      const [first] = fallbacks.values()
      if (first) issues.push(issueAt(at, `${mustBeLast} (it stands ${onLine(first.at)})`))
      const before = taken.get(`${protocol} ${port}`)
      if (before) {
        const reason = `${protocol} ${port} is redirected ${onLine(before)} already`
        issues.push(issueAt(at, `EGRESS_DESTINATION localport ${port} is already used, must be unique for each destination (${reason})`))
      }
      taken.set(`${protocol} ${port}`, before ?? at)
      if ('address' in destination) issues.push(...unreachable(at, destination.address, sources))
      redirects.push(redirect)
    }
    if (fallback) {
      const before = fallbacks.get(fallback.family)
      if (before)
        issues.push(issueAt(at, `${mustBeLast} (the ${familyName(fallback.family)} fallback stands ${onLine(before.at)} already)`))
      else fallbacks.set(fallback.family, { fallback, at })
      issues.push(...unreachable(at, fallback.address, sources))
    }
  }
  if (redirects.length === 0 && fallbacks.size === 0 && issues.length === 0)
    issues.push(issueAt(whole, unspecified, 'give a rule such as: 80 tcp 203.0.113.25'))
  return { redirects, fallbacks: Array.from(fallbacks.values(), ({ fallback }) => fallback), issues }
}

const mustBeLast = 'EGRESS_DESTINATION fallback IP must be the last line'
const unspecified = 'EGRESS_DESTINATION unspecified: no rule and no fallback in it'

const onLine = ({ line, path }: Place) => (line === undefined ? `at ${path}` : `on line ${line}`)

function unreachable(at: Text, address: string, sources: readonly Source[] | undefined): ConfigIssue[] {
  if (sources === undefined) return []
  const value = `EGRESS_DESTINATION value '${at.text.trim()}' is invalid`
  const source = sources.find(({ family }) => family === familyOf(address))
  if (!source)
    return [issueAt(at, `${value}: ${address} is an ${familyName(familyOf(address))} address, and there is no source of that family`)]
  if (source.address === address) return [issueAt(at, `${value}: ${address} is the source address itself`)]
  const own = addressesOf(source).some(entry => entry.address === address)
  return own ? [issueAt(at, `${value}: ${address} is an address of the router itself`)] : []
}
