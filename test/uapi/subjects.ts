// Everything of ours that speaks of kernel numbers, found by looking: a new file or a new row is tested without a word here.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { AttributeTable } from '../../src/netlink/attribute.ts'
import type { Struct } from '../../src/netlink/struct.ts'

const source = new URL('../../src/', import.meta.url)
const folders = ['netlink', 'rtnetlink', 'conntrack', 'arp', 'nftables']
const files = ['sys/syscalls.ts']

export interface Subject {
  readonly file: string
  readonly text: string
  readonly exports: Readonly<Record<string, unknown>>
}

const pathOf = (file: string) => fileURLToPath(new URL(file, source))

const listed = folders
  .filter(folder => existsSync(pathOf(folder)))
  .flatMap(folder => readdirSync(pathOf(folder)).map(name => `${folder}/${name}`))
  .filter(file => file.endsWith('.ts'))

export const subjects: readonly Subject[] = await Promise.all(
  [...files, ...listed].map(async file => ({
    file,
    text: readFileSync(pathOf(file), 'utf8'),
    exports: (await import(new URL(file, source).href)) as Record<string, unknown>
  }))
)

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const isRow = (value: unknown) => isObject(value) && typeof value.name === 'string' && typeof value.type === 'number' && 'payload' in value
const isTable = (value: unknown): value is AttributeTable =>
  isObject(value) && Object.values(value).length > 0 && Object.values(value).every(isRow)
const isStruct = (value: unknown): value is Struct<Record<string, number>> =>
  isObject(value) && typeof value.size === 'number' && Array.isArray(value.fields)
const isNumbering = (value: unknown): value is Readonly<Record<string, number>> | readonly string[] =>
  Array.isArray(value)
    ? value.length > 0 && value.every(item => typeof item === 'string')
    : isObject(value) && Object.values(value).length > 0 && Object.values(value).every(item => typeof item === 'number')

function exported<T>(is: (value: unknown) => value is T): Array<{ file: string; key: string; value: T }> {
  return subjects.flatMap(({ file, exports }) =>
    Object.entries(exports).flatMap(([key, value]) => (is(value) ? [{ file, key, value }] : []))
  )
}

/** Every exported attribute table. */
export const tables = exported(isTable)
/** Every exported C structure. */
export const structs = exported(isStruct)
/** Every exported object or list that gives words of ours to kernel numbers. */
export const numberings = exported(isNumbering).filter(({ file }) => !file.startsWith('nftables/'))
/** Every exported number in the spelling of constants. */
export const constants = exported((value): value is number => typeof value === 'number').filter(({ key }) => /^[A-Z][A-Z0-9_]+$/.test(key))

/** Constants that a file keeps to itself, read from its text: a plain number only. */
export const privateConstants = subjects.flatMap(({ file, text }) =>
  [...text.matchAll(/^const ([A-Z][A-Z0-9_]+) = (0x[0-9a-f_]+|0o[0-7_]+|[0-9_]+)$/gm)].map(([, key, value]) => ({
    file,
    key: key as string,
    value: Number((value as string).replaceAll('_', ''))
  }))
)
