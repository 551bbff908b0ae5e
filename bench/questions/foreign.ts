// `--ruleset FILE`: something else to replace. A destination list gives way to one with other targets; an nftables ruleset (text, or JSON as
// of `nft -j list ruleset`) to itself: its tables are deleted and made again in one transaction.
import { readFileSync } from 'node:fs'
import { ConfigError, parseConfig } from '../../src/index.ts'
import type { Shelf } from '../artefacts.ts'
import { Mistake } from '../choices.ts'
import type { List } from '../lists.ts'
import type { Namespace } from '../place/namespace.ts'
import { type Job, listJob, record, writeNftables } from './job.ts'
import { type FileOf, foreignWays } from './ways.ts'

interface Listing {
  readonly nftables: ReadonlyArray<
    Readonly<Record<string, { readonly family: string; readonly name: string; readonly elem?: readonly unknown[] }>>
  >
}

/** Errors: Mistake, when the file cannot be read. */
export function readRuleset(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new Mistake(`cannot read ${path}: ${(error as NodeJS.ErrnoException).code}`)
  }
}

/** Errors: Mistake, when the file cannot be read or is refused. */
export function foreignJob(path: string, makeScratch: () => Namespace): Job {
  const text = readRuleset(path)
  return isDestinationList(text) ? destinationJob(path, text) : nftablesJob(path, text, makeScratch())
}

const isDestinationList = (text: string) => {
  const line = text.split('\n').find(entry => /^\s*[^\s#]/.test(entry)) ?? ''
  return /^\s*(\d+\s+(tcp|udp|sctp)\s|[0-9a-f:.]+\s*$)/i.test(line)
}

function destinationJob(path: string, text: string): Job {
  const source = { EGRESS_SOURCE: '192.168.12.99/24', EGRESS_GATEWAY: '192.168.12.1', EGRESS_DESTINATION: text }
  try {
    const { redirects, fallbacks } = parseConfig({ env: source }).config
    const list: List = redirects.map(({ protocol, port, destination }) => {
      if (protocol !== 'tcp' || !('address' in destination)) throw new Mistake(`${path}: only tcp redirects to IPv4 addresses are compared`)
      return { port, address: destination.address, targetPort: destination.port }
    })
    if (fallbacks.length > 0 || list.length === 0) throw new Mistake(`${path}: only redirects are compared, and there must be some`)
    return listJob([list, list.map(entry => ({ ...entry, targetPort: (entry.targetPort % 65_535) + 1 }))])
  } catch (error) {
    if (error instanceof ConfigError) throw new Mistake(`${path}: ${error.message.split('\n')[0]}`)
    throw error
  }
}

function nftablesJob(path: string, text: string, scratch: Namespace): Job {
  const isJson = /^\s*\{/.test(text)
  try {
    scratch.must(['nft', ...(isJson ? ['-j'] : []), '-f', '-'], text)
  } catch (error) {
    throw new Mistake(`${path}: ${(error as Error).message.split('\n')[0]}`)
  }
  const listing = scratch.must(['nft', '-j', 'list', 'ruleset'])
  const { nftables } = JSON.parse(listing) as Listing
  const tables = nftables.flatMap(object => (object.table ? [{ family: object.table.family, name: object.table.name }] : []))
  if (tables.length === 0) throw new Mistake(`${path} makes no table`)
  const count = nftables.reduce((sum, object) => sum + (object.rule ? 1 : 0) + ((object.map ?? object.set)?.elem?.length ?? 0), 0)
  const objects = nftables.filter(object => !('metainfo' in object))
  const json = JSON.stringify({
    nftables: [...tables.flatMap(table => [{ add: { table } }, { delete: { table } }]), ...objects.map(object => ({ add: object }))]
  })
  const anew =
    tables.map(({ family, name }) => `table ${family} ${name}\ndelete table ${family} ${name}\n`).join('') +
    scratch.must(['nft', 'list', 'ruleset'])
  return {
    n: count,
    ways: foreignWays,
    async write(shelf: Shelf, _: Namespace, batches: boolean) {
      const file: FileOf = (version, suffix) => shelf.path(`ruleset-${version}.${suffix}`)
      for (const version of [0, 1]) writeNftables((suffix, what) => shelf.write(`ruleset-${version}.${suffix}`, what), json, anew)
      if (batches) await record(scratch, file, 'json', 'table.batch')
      return file
    },
    begin: namespace => void namespace.must(['nft', '-f', '-'], anew),
    check(namespace) {
      const plain = (listed: string) => listed.replaceAll(/"handle": \d+/g, '').replaceAll(/"(packets|bytes)": \d+/g, '')
      if (plain(namespace.must(['nft', '-j', 'list', 'ruleset'])) !== plain(listing))
        throw new Error('its result is wrong: not the ruleset of the file')
    }
  }
}
