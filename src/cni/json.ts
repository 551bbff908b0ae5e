import { quote } from '../config/refusal.ts'
import { CniError, codes } from './cni-error.ts'

export type JsonObject = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Errors: CniError 6. */
export function parseObject(text: string, what: string): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new CniError(codes.undecodable, `${what} is not JSON: ${(error as Error).message}`)
  }
  if (!isObject(value)) throw new CniError(codes.undecodable, `${what} is not a JSON object`)
  return value
}

/** What Node 24 has and the library of TypeScript 6.0 does not describe yet: `JSON.rawJSON`, and the source text for a reviver (ECMA-262). */
const exact = JSON as unknown as {
  parse(text: string, revive: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown
  rawJSON(text: string): unknown
}

/**
 * Parses text that is to be written again: a number that would be written otherwise (12345678901234567890, 1.0, 1e400) stands there as an
 * object that JSON.stringify writes as it was. Errors: SyntaxError.
 */
export const parseExactly = (text: string): unknown =>
  exact.parse(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && JSON.stringify(value) !== source ? exact.rawJSON(source) : value
  )

/** Errors: CniError 7 for a value that is no object. */
export function objectAt(parent: JsonObject, key: string, path = key): JsonObject | undefined {
  const value = parent[key]
  if (value === undefined || value === null) return undefined
  if (!isObject(value)) throw wrong(path, value, 'an object')
  return value
}

/** Errors: CniError 7 for a value that is no string. */
export function stringAt(parent: JsonObject, key: string, path = key): string | undefined {
  const value = parent[key]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw wrong(path, value, 'a string')
  return value
}

/** Strings; one alone stands for a list of one. Errors: CniError 7. */
export function stringsAt(parent: JsonObject, key: string, path: string): string[] | undefined {
  const value = parent[key]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return [value]
  if (!Array.isArray(value)) throw wrong(path, value, 'a list of strings')
  return value.map((entry, n) => {
    if (typeof entry !== 'string') throw wrong(`${path}[${n}]`, entry, 'a string')
    return entry
  })
}

const wrong = (path: string, value: unknown, expected: string) =>
  new CniError(codes.invalidConfig, `${path}: ${expected} is expected, not ${quote(JSON.stringify(value) ?? 'nothing')}`)
