import { resemblesIPv4, whyNoAddress } from './address.ts'
import { quote, type Refusal, refuse } from './refusal.ts'

const longestName = 253
const longestLabel = 63

/**
 * A host name in lower case, or the reason why `text` is none. A final dot stays: it keeps a resolver from trying search domains.
 * A text that ends in a number is refused, since some resolvers take it for an IPv4 address (`10.1.2`, `0x7f000001`).
 */
export function readHostName(text: string): string | Refusal {
  const name = text.toLowerCase()
  const labels = name.replace(/\.$/, '').split('.')
  if (resemblesIPv4(text) || /[:/%]/.test(text)) return refuse(whyNoAddress(text))
  if (!isAscii(text)) return refuse(`${quote(text)} is not a host name: it has letters beyond ASCII`, 'write its xn-- form')
  if (/^(\d+|0x[\da-f]*)$/.test(labels.at(-1) as string))
    return refuse(`${quote(text)} is neither an address nor a host name: it ends in a number`)
  if (!/[a-z]/.test(name)) return refuse(`${quote(text)} is not a host name: it has no letter`)
  if (labels.join('.').length > longestName) return refuse(`${quote(text)} is not a host name: it is longer than ${longestName} characters`)
  const wrong = labels.map(whyNoLabel).find(reason => reason !== undefined)
  return wrong === undefined ? name : refuse(`${quote(text)} is not a host name: ${wrong}`)
}

const isAscii = (text: string) => /^\p{ASCII}*$/u.test(text)

function whyNoLabel(label: string): string | undefined {
  if (label === '') return 'two dots follow each other, or one begins it'
  if (label.length > longestLabel) return `${quote(label)} is longer than ${longestLabel} characters`
  const odd = /[^a-z\d_-]/.exec(label)
  if (odd) return `${quote(odd[0])} cannot stand in it`
  return /^-|-$/.test(label) ? `${quote(label)} begins or ends with a hyphen` : undefined
}
