// What is replaced by what: the two versions, in the language of each peer.
import {
  asIptables,
  asJson,
  asLines,
  asText,
  iptablesScript,
  mapCommands,
  putTable,
  rulesetFor,
  type Shelf,
  script,
  tableCommands
} from '../artefacts.ts'
import { type List, makeList } from '../lists.ts'
import { programPath } from '../obtain/obtain.ts'
import { makePod, type Namespace } from '../place/namespace.ts'
import { startProgram } from '../place/program.ts'
import { type Form, mustHold, stateOf } from '../place/state.ts'
import { type FileOf, type Way, ways } from './ways.ts'

export interface Job {
  readonly n: number
  readonly ways: Readonly<Record<string, Way>>
  /** Writes the files of both versions. */
  write(shelf: Shelf, scratch: Namespace, batches: boolean): Promise<FileOf>
  /** Puts version 1 into a namespace. */
  begin(namespace: Namespace, form: Form): void
  /** Errors: when the namespace does not hold this version. */
  check(namespace: Namespace, form: Form, version: 0 | 1): void
}

/** N redirects; every target differs between the two lists. */
export function listJob(lists: readonly [List, List]): Job {
  const n = lists[0].length
  let rest = ''
  return {
    n,
    ways,
    async write(shelf, scratch, batches) {
      const file: FileOf = (version, suffix) => shelf.path(`${n}-${version}.${suffix}`)
      putTable(scratch, lists[1])
      rest = stateOf(scratch, 'table').rest
      for (const version of [0, 1] as const) {
        const list = lists[version]
        const write = (suffix: string, text: string) => shelf.write(`${n}-${version}.${suffix}`, text)
        const { wanted } = rulesetFor(scratch, list)
        writeNftables(write, asJson(tableCommands(wanted)), asText(tableCommands(wanted)))
        write('maps.json', asJson(mapCommands(wanted)))
        write('lines', asLines(list))
        const iptables = write('iptables', asIptables(list))
        write('iptables-restore.script', script({ argv: ['iptables-nft-restore', iptables] }))
        write('iptables-restore-legacy.script', script({ argv: ['iptables-legacy-restore', iptables] }))
        write('iptables.script', iptablesScript(list))
      }
      if (batches) {
        await record(scratch, file, 'maps.json', 'maps.batch')
        await record(scratch, file, 'json', 'table.batch')
      }
      return file
    },
    begin(namespace, form) {
      if (form === 'table') putTable(namespace, lists[1])
      else namespace.must([`${form}-restore`], asIptables(lists[1]))
    },
    check: (namespace, form, version) => mustHold(namespace, form, lists[version], rest)
  }
}

export const sizeJob = (size: number): Job => listJob([makeList(size, 0), makeList(size, 1)])

export function writeNftables(write: (suffix: string, text: string) => string, json: string, text: string): void {
  write('nft.script', script({ argv: ['nft', '-f', write('nft', text)] }))
  write('nft-json.script', script({ argv: ['nft', '-j', '-f', write('json', json)] }))
}

/** What the floor sends is what libnftables sends for the same commands. */
export async function record(scratch: Namespace, file: FileOf, from: string, to: string): Promise<void> {
  const library = await startProgram(scratch, [programPath('libnftables')])
  for (const version of [0, 1] as const) {
    await library.ask(`load 0 ${file(version, from)}`)
    await library.ask(`record 0 ${file(version, to)}`)
  }
  await library.end()
}

export const makeScratch = (): Namespace => makePod('scratch')
