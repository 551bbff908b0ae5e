import { encodeAttributes } from '../netlink/attribute.ts'
import { NLM_F_CREATE, NLM_F_EXCL } from '../netlink/header.ts'
import type { Steps } from '../steps.ts'
import type { Batch } from './batch.ts'
import { writeElements } from './element-encoder.ts'
import {
  elementListAttributes,
  NFT_MSG_DELSET,
  NFT_MSG_DELSETELEM,
  NFT_MSG_DELTABLE,
  NFT_MSG_NEWSET,
  NFT_MSG_NEWSETELEM,
  NFT_MSG_NEWTABLE,
  NFT_SET_EVAL,
  NFT_SET_MAP,
  type SetValues,
  setAttributes,
  tableAttributes
} from './messages.ts'
import { isDynamic } from './ruleset.ts'
import type { Command, NftMap, NftObject, NftSet } from './schema.ts'
import { type Shape, shapeOf } from './types.ts'

/** The shapes of sets and maps by name; undefined where a type is not among ours. */
export type Shapes = ReadonlyMap<string, Shape | undefined>

export const shapesOf = (objects: Iterable<NftSet | NftMap>): Shapes =>
  new Map(Array.from(objects, object => [object.name, shapeOf(object)]))

/** Whether commands are about nothing but tables, sets, maps and elements of known types: those that we have messages of our own for. */
export const isWritable = (commands: readonly Command[], shapes: Shapes): boolean =>
  commands.every(command => {
    const object = Object.values(command)[0] as NftObject
    const name =
      'set' in object ? object.set.name : 'map' in object ? object.map.name : 'element' in object ? object.element.name : undefined
    return name === undefined ? 'table' in object && !('flush' in command) : shapes.get(name) !== undefined
  })

/**
 * Writes commands that are writable into a batch.
 *
 * @param exclusive whether elements that come must not be there yet, even if they lead to the same place
 */
export function* writeCommands(batch: Batch, commands: readonly Command[], shapes: Shapes, exclusive: boolean): Steps<void> {
  for (const command of commands) {
    if ('flush' in command) writeFlush(batch, command.flush as NftObject)
    else if ('add' in command) yield* writeObject(batch, command.add, shapes, exclusive ? NLM_F_CREATE | NLM_F_EXCL : NLM_F_CREATE)
    else yield* writeObject(batch, command.delete, shapes, 0)
  }
}

function* writeObject(batch: Batch, object: NftObject, shapes: Shapes, flags: number): Steps<void> {
  const coming = flags !== 0
  if ('table' in object) {
    // who adds a table takes it away again when the rest is refused: one that is there is not ours to take
    const exclusive = coming ? flags | NLM_F_EXCL : flags
    return batch.add(
      coming ? NFT_MSG_NEWTABLE : NFT_MSG_DELTABLE,
      exclusive,
      encodeAttributes(tableAttributes, { name: object.table.name })
    )
  }
  if ('element' in object) {
    const { table, name, elem } = object.element
    const number = coming ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM
    return yield* writeElements(batch, number, flags, { table, shape: shapes.get(name) as Shape, keysOnly: !coming }, elem)
  }
  const set = 'set' in object ? object.set : 'map' in object ? object.map : undefined
  if (!set) return
  if (!coming) return batch.add(NFT_MSG_DELSET, 0, encodeAttributes(setAttributes, { table: set.table, name: set.name }))
  batch.add(NFT_MSG_NEWSET, NLM_F_CREATE, encodeAttributes(setAttributes, declaration(set, shapes.get(set.name) as Shape, batch.count)))
}

/** A deletion that names no element deletes all. */
function writeFlush(batch: Batch, object: NftObject): void {
  const target = 'set' in object ? object.set : 'map' in object ? object.map : undefined
  if (target) batch.add(NFT_MSG_DELSETELEM, 0, encodeAttributes(elementListAttributes, { table: target.table, set: target.name }))
}

const TYPE_BITS = 6

/** @param id tells the sets of one transaction apart */
export function declaration(set: NftSet | NftMap, shape: Shape, id: number): SetValues {
  const isMap = shape.data !== undefined
  const values: SetValues = { table: set.table, name: set.name, flags: (isMap ? NFT_SET_MAP : 0) | (isDynamic(set) ? NFT_SET_EVAL : 0) }
  values.keyType = shape.keys.reduce((type, { number }) => (type << TYPE_BITS) | number, 0)
  values.keyLength = shape.keySize
  if (shape.data) {
    values.dataType = shape.data.number
    values.dataLength = shape.data.size
  }
  if ('size' in set && set.size !== undefined) values.description = { size: set.size }
  values.id = id
  values.userData = userData(shape)
  return values
}

/** NFTNL_UDATA_SET_KEYBYTEORDER and NFTNL_UDATA_SET_DATABYTEORDER of libnftnl: type, length, number. */
const KEY_ORDER = 0
const DATA_ORDER = 1

function userData({ keys, data }: Shape): Uint8Array {
  const order = keys.length === 1 ? (keys[0]?.order ?? 0) : 0
  const rows = [[KEY_ORDER, order], ...(data ? [[DATA_ORDER, data.order]] : [])] as const
  return Uint8Array.from(rows.flatMap(([type = 0, value = 0]) => [type, 4, value, 0, 0, 0]))
}
