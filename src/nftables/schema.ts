/** libnftables-json(5) as types: the part that our table is made of. */

export type Expression =
  | string
  | number
  | readonly Expression[]
  | { readonly meta: { readonly key: string } }
  | { readonly ct: { readonly key: string } }
  | { readonly rt: { readonly key: string } }
  | { readonly fib: { readonly result: string; readonly flags: readonly string[] } }
  | { readonly payload: { readonly protocol: string; readonly field: string } }
  | { readonly 'tcp option': { readonly name: string; readonly field: string } }
  | { readonly concat: readonly Expression[] }
  | { readonly set: readonly Expression[] }
  | { readonly prefix: { readonly addr: string | number; readonly len: number } }
  | { readonly map: { readonly key: Expression; readonly data: Expression } }
  | { readonly '&': readonly [Expression, Expression] }
  | { readonly '|': readonly [Expression, Expression] }

export type Statement =
  | { readonly match: { readonly op: '==' | '!=' | 'in'; readonly left: Expression; readonly right: Expression } }
  | { readonly mangle: { readonly key: Expression; readonly value: Expression } }
  | { readonly dnat: { readonly family: 'ip' | 'ip6'; readonly addr: Expression; readonly port?: Expression } }
  | { readonly snat: { readonly family: 'ip' | 'ip6'; readonly addr: Expression } }
  | { readonly set: { readonly op: 'update'; readonly elem: Expression; readonly set: string; readonly stmt: readonly Statement[] } }
  | { readonly reject: { readonly type: string; readonly expr?: string } }
  | { readonly counter: null | { readonly packets: number; readonly bytes: number } }
  | { readonly accept: null }
  | { readonly drop: null }
  | { readonly return: null }

/** What can be gone through, and says how long it is: an array, or elements that are packed. */
export interface ElementList<T> extends Iterable<T> {
  readonly length: number
}

interface Named {
  readonly family: 'inet'
  readonly table: string
  readonly name: string
}

export interface Table {
  readonly family: 'inet'
  readonly name: string
}
/** A set; `dynamic` ones are filled by the packet path, which libnftables before 1.0.8 can list as JSON but not read. */
export interface NftSet extends Named {
  readonly type: readonly string[]
  readonly flags?: readonly string[]
  readonly size?: number
  readonly elem?: ElementList<Element>
}
export interface NftMap extends Named {
  readonly type: readonly string[]
  readonly map: string
  readonly elem?: ElementList<readonly [Expression, Expression]>
}
export interface Chain extends Named {
  readonly type?: 'filter' | 'nat' | 'route'
  readonly hook?: string
  /** A number; a name such as "dstnat" would be taken in silence and give a chain without a hook. */
  readonly prio?: number
  readonly policy?: 'accept' | 'drop'
}
export interface Rule {
  readonly family: 'inet'
  readonly table: string
  readonly chain: string
  readonly comment?: string
  readonly expr: readonly Statement[]
}
export type Element =
  | Expression
  | { readonly elem: { readonly val: Expression; readonly counter?: { readonly packets: number; readonly bytes: number } } }
/** What a set holds, or a map: a key and where it leads. */
export type AnyElement = Element | readonly [Expression, Expression]

export const isPair = (element: AnyElement): element is readonly [Expression, Expression] => Array.isArray(element)

export interface Elements extends Named {
  readonly elem: NonNullable<NftMap['elem']> | ElementList<Expression>
}

export type NftObject =
  | { readonly table: Table }
  | { readonly set: NftSet }
  | { readonly map: NftMap }
  | { readonly chain: Chain }
  | { readonly rule: Rule }
  | { readonly element: Elements }

export type Command =
  | { readonly add: NftObject }
  | { readonly delete: NftObject }
  | { readonly flush: { readonly table: Table } | { readonly set: Named } | { readonly map: Named } }
