import type { Expression } from './schema.ts'

/** Beyond so many the keys are forgotten and made anew: all ports of one protocol and half of another. */
const MOST = 100_000
const PORTS = 0x10000
const known = new Map<number, Expression>()

/**
 * The key of a protocol's port. A list of thousands is compiled and read again and again, and its keys are always the same: each is made
 * once, so that the garbage collector need not carry them about.
 */
export function portKey(protocol: number, port: number): Expression {
  const number = protocol * PORTS + port
  let key = known.get(number)
  if (key === undefined) {
    if (known.size >= MOST) known.clear()
    key = { concat: [protocol, port] }
    known.set(number, key)
  }
  return key
}
