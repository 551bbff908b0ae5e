import { CodecError } from './error.ts'
import { type Payload, viewOf } from './payload.ts'

/** Fields of a fixed C structure in their order: key, kernel's field name, payload of fixed size. */
export type Field = readonly [key: string, name: string, payload: Payload<number>, size: number]

export interface Struct<V> {
  readonly name: string
  readonly size: number
  readonly fields: readonly Field[]
  encode(values: Partial<V>): Uint8Array
  /** The same into a message that is being made, where zeros are. */
  writeInto(view: DataView, offset: number, values: Partial<V>): void
  decode(bytes: Uint8Array): V
}

/** A C structure without padding of its own; absent values are zero, as the kernel wants its unused fields. */
export function struct<K extends string>(
  name: string,
  ...fields: ReadonlyArray<readonly [K, string, Payload<number>, number]>
): Struct<Record<K, number>> {
  const size = fields.reduce((sum, field) => sum + field[3], 0)
  return {
    name,
    size,
    fields,
    encode(values) {
      const out = new Uint8Array(size)
      this.writeInto(new DataView(out.buffer), 0, values)
      return out
    },
    writeInto(view, start, values) {
      let offset = start
      for (let n = 0; n < fields.length; n++) {
        const field = fields[n] as (typeof fields)[number]
        const value = values[field[0]]
        if (value !== undefined) field[2].write?.into(view, offset, value)
        offset += field[3]
      }
    },
    decode(bytes) {
      if (bytes.length < size) throw new CodecError(`${name} of ${bytes.length} bytes where ${size} are due`)
      const view = viewOf(bytes)
      const values = {} as Record<K, number>
      let offset = 0
      for (const [key, , payload, width] of fields) {
        values[key] = payload.read?.(view, offset) as number
        offset += width
      }
      return values
    }
  }
}
