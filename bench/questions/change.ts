// Question 2: N redirects are there; one more is added, led elsewhere, and deleted again.
import { asJson, asLines, asText, elementCommands, openShelf, putTable, rulesetFor, type Shelf, script } from '../artefacts.ts'
import { type List, makeList } from '../lists.ts'
import { type Figure, paired, warmUpFor } from '../measure/paired.ts'
import { type Row, rowOfFigures } from '../measure/row.ts'
import { peerSource, programPath } from '../obtain/obtain.ts'
import { makePod, type Namespace } from '../place/namespace.ts'
import { type Program, startProgram } from '../place/program.ts'
import { mustHold } from '../place/state.ts'
import { makeScratch } from './job.ts'
import type { Ask } from './place.ts'
import { isProcess } from './ways.ts'

const steps = ['add', 'change', 'delete'] as const
type Step = (typeof steps)[number]

/** The redirect that comes and goes, beyond every list, in its two versions. */
const one = (version: 0 | 1): List => makeList(1, version).map(entry => ({ ...entry, port: 64_000 }))
/** What is in force after a step. */
const after: Readonly<Record<Step, List>> = { add: one(0), change: one(1), delete: [] }

type FileOf = (name: string) => string
interface Way {
  readonly argv: readonly string[]
  readonly load: (file: FileOf) => readonly string[]
  readonly go: (step: Step, file: FileOf) => string
}

const ours = (elements: string): Way => ({
  argv: [process.execPath, peerSource('ours.ts'), elements],
  load: file => [`load 0 ${file('present')}`, `load 1 ${file('0.lines')}`, `load 2 ${file('1.lines')}`, 'single 0 1 2'],
  go: step => step
})
const slots = (need: 'floor' | 'libnftables', suffix: string): Way => ({
  argv: [programPath(need)],
  load: file => steps.map((step, slot) => `load ${slot} ${file(`${step}.${suffix}`)}`),
  go: step => `go ${steps.indexOf(step)}`
})

const ways: Readonly<Record<string, Way>> = {
  ours: ours('netlink'),
  'ours-json': ours('json'),
  floor: slots('floor', 'batch'),
  libnftables: slots('libnftables', 'json'),
  nft: { argv: [programPath('run')], load: () => [], go: (step, file) => `run ${file(`${step}.script`)}` },
  go: {
    argv: [programPath('go-nftables')],
    load: file => [`load 0 ${file('0.lines')}`, `load 1 ${file('1.lines')}`],
    go: step => ({ add: 'add 0', change: 'change 0 1', delete: 'delete 1' })[step]
  }
}

/** Of a turn: a step takes some ten microseconds. */
const ROUNDS = 45
const runsFor = (size: number) => (size <= 1000 ? 60 : 30)

interface Entrant {
  readonly peer: string
  readonly way: Way
  readonly namespace: Namespace
  readonly program: Program
}

export const change: Ask = async ({ peers, sizes, runs, progress }) => {
  using shelf = openShelf()
  const scratch = makeScratch()
  const rows: Row[] = []
  for (const size of sizes) {
    progress(`change, ${size} redirects: preparing`)
    const present = makeList(size, 0)
    const file: FileOf = name => shelf.path(`${size}-${name}`)
    await writeFiles(shelf, scratch, present, file)
    const entrants: Entrant[] = []
    for (const peer of peers) {
      const way = ways[peer] as Way
      const namespace = makePod('pod')
      putTable(namespace, present)
      entrants.push({ peer, way, namespace, program: await startProgram(namespace, way.argv) })
    }
    for (const entrant of entrants) await rehearse(entrant, present, file)
    // the steps of one peer follow each other
    const contenders = entrants.map(({ peer, way, program }) => {
      const lines = steps.map(step => way.go(step, file))
      const once = async () => {
        const figures: Figure[] = []
        for (const line of lines) figures.push({ warm: await program.time(line) })
        return figures
      }
      return { peer, learns: peer.startsWith('ours'), time: isProcess(way) ? once : () => program.repeat(ROUNDS, lines) }
    })
    const count = runs ?? runsFor(size)
    const times = await paired(contenders, {
      runs: count,
      warmUp: warmUpFor(1, count),
      progress: done => progress(`change, ${size} redirects: ${Math.max(done, 0)} of ${count}`)
    })
    for (const entrant of entrants) mustHold(entrant.namespace, 'table', present)
    for (const [s, operation] of steps.entries()) {
      const figures = times.map(list => list.map(turn => turn[s] as Figure))
      for (const [i, { peer }] of entrants.entries()) {
        rows.push(rowOfFigures({ peer, n: size, operation }, figures[i] as Figure[], figures[0] as Figure[]))
      }
    }
    await Promise.all(entrants.map(({ program }) => program.end()))
    for (const { namespace } of entrants) namespace.remove()
  }
  scratch.remove()
  return rows
}

/** Shows that the peer can do it; the result of every step is read back. */
async function rehearse({ peer, way, namespace, program }: Entrant, present: List, file: FileOf): Promise<void> {
  try {
    for (const line of way.load(file)) await program.ask(line)
    for (const step of steps) {
      await program.time(way.go(step, file))
      mustHold(namespace, 'table', [...present, ...after[step]])
    }
  } catch (error) {
    throw new Error(`peer '${peer}' with ${present.length} redirects: ${(error as Error).message}`)
  }
}

async function writeFiles(shelf: Shelf, scratch: Namespace, present: List, file: FileOf): Promise<void> {
  const write = (name: string, text: string) => shelf.write(`${present.length}-${name}`, text)
  putTable(scratch, present)
  const [first, second] = [rulesetFor(scratch, one(0)).wanted, rulesetFor(scratch, one(1)).wanted]
  write('present', asLines(present))
  write('0.lines', asLines(one(0)))
  write('1.lines', asLines(one(1)))
  const commands = {
    add: elementCommands('add', first),
    change: [...elementCommands('delete', first), ...elementCommands('add', second)],
    delete: elementCommands('delete', second)
  }
  const library = await startProgram(scratch, [programPath('libnftables')])
  for (const step of steps) {
    const json = write(`${step}.json`, asJson(commands[step]))
    write(`${step}.script`, script({ argv: ['nft', '-f', write(`${step}.nft`, asText(commands[step]))] }))
    await library.ask(`load 0 ${json}`)
    await library.ask(`record 0 ${file(`${step}.batch`)}`)
  }
  await library.end()
}
