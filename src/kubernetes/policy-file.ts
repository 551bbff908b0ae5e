import { isScalar, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { readLinkName } from '../config/link-name.ts'
import { quote, Refusal } from '../config/refusal.ts'
import { ConfigError, type ConfigIssue } from '../errors.ts'
import { familyOf, parseAddress } from '../ip/address.ts'
import { bitsOf } from '../ip/family.ts'
import { networkOf } from '../ip/prefix.ts'
import { operators } from './label-selector.ts'
import { defaultPolicy, type Policy } from './policy.ts'

/** A parser of ours that gives a value or the reason why there is none. */
const text = <T>(read: (text: string) => T | Refusal) =>
  z.string().transform((given, context): T => {
    const value = read(given)
    if (!(value instanceof Refusal)) return value
    context.addIssue({ code: 'custom', message: value.reason })
    return z.NEVER
  })

const name = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

const namespaceName = text(given => (name.test(given) ? given : new Refusal(`${quote(given)} is not the name of a namespace`)))

const prefix = text(given => {
  const [address = '', length, ...rest] = given.split('/')
  const canonical = parseAddress(address)
  if (canonical === undefined || rest.length > 0)
    return new Refusal(`${quote(given)} is not an address or a range such as 192.168.12.96/28`)
  const most = bitsOf(familyOf(canonical))
  const bits = length === undefined ? most : /^(0|[1-9]\d{0,2})$/.test(length) ? Number(length) : Number.NaN
  if (!(bits <= most)) return new Refusal(`prefix length ${quote(length ?? '')} is not a whole number up to ${most}`)
  const network = networkOf(canonical, bits)
  if (length !== undefined && network !== `${canonical}/${bits}`) {
    return new Refusal(`${quote(given)} is an address within a range`, `the range is ${network}`)
  }
  return network
})

const expression = z
  .strictObject({ key: z.string().min(1), operator: z.enum(operators), values: z.array(z.string()).default([]) })
  .superRefine(({ operator, values }, context) => {
    const listed = operator === 'In' || operator === 'NotIn'
    if (listed === values.length > 0) return
    context.addIssue({ code: 'custom', path: ['values'], message: `${operator} takes ${listed ? 'at least one value' : 'no values'}` })
  })

const selector = z
  .strictObject({ matchLabels: z.record(z.string(), z.string()).default({}), matchExpressions: z.array(expression).default([]) })
  .refine(({ matchLabels, matchExpressions }) => Object.keys(matchLabels).length + matchExpressions.length > 0, {
    message: 'an empty selector would mean every namespace: write matchExpressions with a label that they have'
  })

const rule = z
  .strictObject({
    namespaces: z.array(namespaceName).min(1).optional(),
    namespaceSelector: selector.optional(),
    may: z.array(z.enum(['link', 'router'])).min(1),
    sources: z.array(prefix).default([]),
    parents: z.array(text(readLinkName)).default([])
  })
  .superRefine(({ namespaces, namespaceSelector, may, sources }, context) => {
    const say = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    if ((namespaces === undefined) === (namespaceSelector === undefined)) {
      say('namespaces', 'a rule is about either namespaces (a list of names) or a namespaceSelector')
    }
    if (may.includes('router') && sources.length === 0) say('sources', 'who may ask for a router needs ranges to choose the source from')
    if (!may.includes('router') && sources.length > 0) say('sources', 'only routers have a source: add router to may, or remove sources')
  })
  .transform(({ namespaces, namespaceSelector, ...rest }) => ({ ...rest, namespaces: namespaces ?? namespaceSelector ?? [] }))

const schema = z.strictObject({ privilegedPods: z.boolean().default(defaultPolicy.privilegedPods), rules: z.array(rule).default([]) })

/**
 * The policy in the text of a YAML file.
 *
 * Errors: ConfigError with every problem, each with its line.
 */
export function parsePolicy(source: string, file: string): Policy {
  const lines = new LineCounter()
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false })
  const lineAt = (offset: number | undefined) => (offset === undefined ? undefined : lines.linePos(offset).line)
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map(({ message, pos }) => ({ source: file, line: lineAt(pos[0]), message: message.split('\n')[0] ?? '' }))
    )
  }
  const parsed = schema.safeParse(plainValueOf(document, file) ?? {})
  if (parsed.success) return parsed.data
  throw new ConfigError(
    parsed.error.issues.map(({ path, message }): ConfigIssue => {
      const keys = path.map(key => (typeof key === 'symbol' ? String(key) : key))
      return { source: file, line: lineAt(offsetOf(document, keys)), path: pathText(keys), message }
    })
  )
}

/** An alias that stands for thousands of others is a bomb, and a policy needs none. */
function plainValueOf(document: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 })
  } catch {
    throw new ConfigError([{ source: file, message: 'aliases (*name) are not taken: write the value itself' }])
  }
}

type Keys = readonly (string | number)[]

/** Where the value at a path stands, or the nearest that is there around it. */
function offsetOf(document: ReturnType<typeof parseDocument>, keys: Keys): number | undefined {
  for (let length = keys.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(keys.slice(0, length), true)
    if (node && (isScalar(node) || typeof node === 'object') && 'range' in node && node.range) return (node.range as number[])[0]
  }
  return undefined
}

const pathText = (keys: Keys) =>
  keys.length === 0 ? undefined : keys.map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? key : `.${key}`)).join('')
