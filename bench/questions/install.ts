// Question 1: a table with N redirects is there; another list, in which every target differs, takes its place.
import {
  asIptables,
  asJson,
  asLines,
  asText,
  iptablesScript,
  mapCommands,
  openShelf,
  putTable,
  rulesetFor,
  type Shelf,
  script,
  tableCommands
} from '../artefacts.ts'
import { peers as catalog } from '../catalog.ts'
import { makeList } from '../lists.ts'
import { paired } from '../measure/paired.ts'
import { type Row, rowOf } from '../measure/row.ts'
import { peerSource, programPath } from '../obtain/obtain.ts'
import { makePod, type Namespace } from '../place/namespace.ts'
import { type Program, startProgram } from '../place/program.ts'
import { type Form, mustHold, stateOf } from '../place/state.ts'
import type { Ask } from './place.ts'

interface Way {
  readonly form: Form
  readonly argv: readonly string[]
  /** Lines that make it ready for the files of one size. */
  readonly load: (file: (name: string) => string) => readonly string[]
  /** The line that is timed. */
  readonly go: (version: 0 | 1, file: (name: string) => string) => string
}

const ours = (elements: string): Way => ({
  form: 'table',
  argv: [process.execPath, peerSource('ours.ts'), elements],
  load: file => [`load 0 ${file('0.lines')}`, `load 1 ${file('1.lines')}`, 'prepare 0 1'],
  go: version => `go ${version}`
})
const loaded = (need: 'floor' | 'libnftables' | 'go-nftables', suffix: string): Way => ({
  form: 'table',
  argv: [programPath(need)],
  load: file => [`load 0 ${file(`0.${suffix}`)}`, `load 1 ${file(`1.${suffix}`)}`],
  go: version => `go ${version}`
})
const processes = (suffix: string, form: Form = 'table'): Way => ({
  form,
  argv: [programPath('run')],
  load: () => [],
  go: (version, file) => `run ${file(`${version}.${suffix}`)}`
})

const ways: Readonly<Record<string, Way>> = {
  ours: ours('netlink'),
  'ours-json': ours('json'),
  floor: loaded('floor', 'maps.batch'),
  'floor-table': loaded('floor', 'table.batch'),
  libnftables: loaded('libnftables', 'json'),
  go: loaded('go-nftables', 'lines'),
  nft: processes('nft.script'),
  'nft-json': processes('nft-json.script'),
  'iptables-restore': processes('iptables-restore.script', 'iptables-nft'),
  'iptables-restore-legacy': processes('iptables-restore-legacy.script', 'iptables-legacy'),
  iptables: processes('iptables.script', 'iptables-nft'),
  pyroute2: { ...loaded('floor', 'lines'), argv: ['/usr/bin/python3', peerSource('pyroute2-nftables.py')] }
}

const runsFor = (size: number) => (size <= 100 ? 60 : size <= 1000 ? 30 : 12)

export const install: Ask = async ({ peers, sizes, runs, progress }) => {
  using shelf = openShelf()
  const scratch = makePod('scratch')
  const taking = await Promise.all(
    peers.map(async peer => {
      const namespace = makePod('pod')
      const way = ways[peer] as Way
      return { peer, way, namespace, program: await startProgram(namespace, way.argv) }
    })
  )
  const rows: Row[] = []
  try {
    for (const size of sizes) {
      progress(`install, ${size} redirects: preparing`)
      const file = (name: string) => shelf.path(`${size}-${name}`)
      await writeFiles(
        shelf,
        scratch,
        size,
        peers.some(peer => peer.startsWith('floor'))
      )
      const entrants = taking.filter(({ peer }) => size <= (catalog.find(({ name }) => name === peer)?.most ?? Infinity))
      for (const { way, namespace, program } of entrants) await ready(way, namespace, program, size, file)
      const rest = stateOf(scratch, 'table').rest
      const warmUp = size <= 1000 ? 10 : 2
      const contenders = entrants.map(({ peer, way, program }) => {
        let next: 0 | 1 = 0
        return {
          peer,
          time: () => {
            const version = next
            next = version ? 0 : 1
            return program.time(way.go(version, file))
          }
        }
      })
      const times = await paired(contenders, {
        runs: runs ?? runsFor(size),
        warmUp,
        progress: (done, of) => progress(`install, ${size} redirects: ${Math.max(done, 0)} of ${of}`)
      })
      // one more replacement each, and then what the kernel has
      for (const { peer, way, namespace, program } of entrants) {
        for (const version of [0, 1] as const) {
          await program.time(way.go(version, file))
          try {
            mustHold(namespace, way.form, makeList(size, version), rest)
          } catch (error) {
            throw new Error(`peer '${peer}' with ${size} redirects: ${(error as Error).message}`)
          }
        }
      }
      for (const [i, { peer }] of entrants.entries()) rows.push(rowOf({ peer, n: size }, times[i] as number[], times[0] as number[]))
    }
  } finally {
    await Promise.all(taking.map(({ program }) => program.end()))
    for (const { namespace } of [...taking, { namespace: scratch }]) namespace.remove()
  }
  return rows
}

/** Every peer starts with version 1 in force. */
async function ready({ form, load }: Way, namespace: Namespace, program: Program, size: number, file: (name: string) => string) {
  if (form === 'table') putTable(namespace, makeList(size, 1))
  else namespace.must([`${form}-restore`], asIptables(makeList(size, 1)))
  for (const line of load(file)) await program.ask(line)
}

/** The change to either version, in the language of each peer. */
async function writeFiles(shelf: Shelf, scratch: Namespace, size: number, batches: boolean): Promise<void> {
  putTable(scratch, makeList(size, 1))
  for (const version of [0, 1] as const) {
    const list = makeList(size, version)
    const write = (name: string, text: string) => shelf.write(`${size}-${version}.${name}`, text)
    const { wanted, present } = rulesetFor(scratch, list)
    const commands = tableCommands(wanted, present)
    const json = write('json', asJson(commands))
    const nft = write('nft', asText(commands))
    const iptables = write('iptables', asIptables(list))
    write('lines', asLines(list))
    write('maps.json', asJson(mapCommands(wanted)))
    write('nft.script', script({ argv: ['nft', '-f', nft] }))
    write('nft-json.script', script({ argv: ['nft', '-j', '-f', json] }))
    write('iptables-restore.script', script({ argv: ['iptables-nft-restore', iptables] }))
    write('iptables-restore-legacy.script', script({ argv: ['iptables-legacy-restore', iptables] }))
    write('iptables.script', iptablesScript(list))
  }
  if (batches) await record(shelf, scratch, size)
}

/** What the floor sends is what libnftables sends for the same change. */
async function record(shelf: Shelf, scratch: Namespace, size: number): Promise<void> {
  const library = await startProgram(scratch, [programPath('libnftables')])
  for (const version of [0, 1]) {
    for (const [from, to] of [
      ['maps.json', 'maps.batch'],
      ['json', 'table.batch']
    ]) {
      await library.ask(`load 0 ${shelf.path(`${size}-${version}.${from}`)}`)
      await library.ask(`record 0 ${shelf.path(`${size}-${version}.${to}`)}`)
    }
  }
  await library.end()
}
