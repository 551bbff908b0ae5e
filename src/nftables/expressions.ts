import type { Expression, Statement } from './schema.ts'

/** Builders for the expressions of our table, in the very form in which libnftables prints them again. */

export const meta = (key: string): Expression => ({ meta: { key } })
export const ct = (key: string): Expression => ({ ct: { key } })
export const payload = (protocol: string, field: string): Expression => ({ payload: { protocol, field } })
export const concat = (...parts: Expression[]): Expression => ({ concat: parts })
export const anyOf = (...values: Expression[]): Expression => (values.length === 1 ? (values[0] as Expression) : { set: values })
export const mapped = (key: Expression, map: string): Expression => ({ map: { key, data: `@${map}` } })

export const equals = (left: Expression, right: Expression): Statement => ({ match: { op: '==', left, right } })
export const differs = (left: Expression, right: Expression): Statement => ({ match: { op: '!=', left, right } })
/** At least one of the bits: conntrack states and status. */
export const has = (left: Expression, right: Expression): Statement => ({ match: { op: 'in', left, right } })

export const comesBy = (link: string): Statement => equals(meta('iifname'), link)
export const leavesBy = (link: string): Statement => equals(meta('oifname'), link)
export const isFamily = (family: 'ipv4' | 'ipv6'): Statement => equals(meta('nfproto'), family)
/** The packet is addressed to this host, whatever its address. */
export const toLocalAddress: Statement = equals({ fib: { result: 'type', flags: ['daddr'] } }, 'local')

/** The bits of `mask` in a mark have the value `mark`; nobody else's bits are looked at. */
export function isMarked(key: Expression, mark: number, mask: number): Statement {
  const others = ~mask >>> 0
  if (others === 0) return equals(key, mark)
  // a mask of leading ones is a prefix to libnftables, which would list it as one
  if ((others & (others + 1)) === 0) return equals(key, { prefix: { addr: mark, len: Math.clz32(others) } })
  return equals({ '&': [key, mask] }, mark)
}

/** Sets the bits of `mask` in a mark to `mark`, which is not zero, and leaves the others. */
export function setMark(key: Expression, mark: number, mask: number): Statement {
  const cleared = (mask & ~mark) >>> 0
  const kept: Expression = cleared === 0 ? key : { '&': [key, ~cleared >>> 0] }
  return { mangle: { key, value: { '|': [kept, mark] } } }
}

export const count: Statement = { counter: null }
export const accept: Statement = { accept: null }
export const drop: Statement = { drop: null }

/** Counts the packet at its element of a dynamic set, which is made when it is missing. */
export const countIn = (set: string, elem: Expression): Statement => ({ set: { op: 'update', elem, set: `@${set}`, stmt: [count] } })
