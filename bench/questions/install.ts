// Question 1: a table with N redirects is there; another list, in which every target differs, takes its place.
import { openShelf } from '../artefacts.ts'
import { peers as catalog } from '../catalog.ts'
import { type Figure, paired, warmUpFor } from '../measure/paired.ts'
import { type Row, rowOfFigures } from '../measure/row.ts'
import { makePod, type Namespace } from '../place/namespace.ts'
import { type Program, startProgram } from '../place/program.ts'
import { foreignJob } from './foreign.ts'
import { type Job, makeScratch, sizeJob } from './job.ts'
import type { Ask } from './place.ts'
import { type FileOf, isProcess, type Way } from './ways.ts'

interface Entrant {
  readonly peer: string
  readonly way: Way
  readonly namespace: Namespace
  readonly program: Program
}

/** Rounds of a turn. From a thousand redirects on a replacement takes a millisecond and more, and needs none. */
const roundsFor = (size: number) => (size <= 10 ? 45 : size <= 100 ? 5 : size < 1000 ? 3 : 1)
const runsFor = (size: number) => (size <= 100 ? 60 : size <= 1000 ? 30 : 12)
const most = (peer: string) => catalog.find(({ name }) => name === peer)?.most ?? Number.POSITIVE_INFINITY

export const install: Ask = async ({ peers, sizes, runs, progress, lose, ruleset }) => {
  using shelf = openShelf()
  const scratch = makeScratch()
  const jobs = ruleset === undefined ? sizes.map(sizeJob) : [foreignJob(ruleset, makeScratch)]
  const entrants: Entrant[] = []
  const rows: Row[] = []
  for (const peer of peers) {
    const way = jobs[0]?.ways[peer]
    if (!way) {
      lose(peer, 'it does not speak the language of this ruleset')
      continue
    }
    const namespace = makePod('pod')
    try {
      entrants.push({ peer, way, namespace, program: await startProgram(namespace, way.argv) })
    } catch (error) {
      if (peer === 'ours') throw error
      lose(peer, (error as Error).message)
    }
  }
  for (const job of jobs) {
    const { n } = job
    progress(`install, ${n} redirects: preparing`)
    const batches = entrants.some(({ peer }) => peer.startsWith('floor'))
    const file = await job.write(shelf, scratch, batches)
    const ready: Entrant[] = []
    for (const entrant of entrants) if (n <= most(entrant.peer) && (await isReady(entrant, job, file, lose))) ready.push(entrant)
    // the version that is in force; the next run brings the other
    const versions = ready.map((): 0 | 1 => 1)
    const rounds = roundsFor(n)
    const contenders = ready.map(({ peer, way, program }, i) => {
      const once = async (): Promise<Figure> => {
        const version = versions[i] === 1 ? 0 : 1
        versions[i] = version
        return { warm: await program.time(way.go(version, file)) }
      }
      // to and fro; either way is the same work
      const often = async (): Promise<Figure> => {
        const [there, back] = (await program.repeat(rounds, [way.go(0, file), way.go(1, file)])) as [Figure, Figure]
        return { warm: (there.warm + back.warm) / 2, cold: there.cold }
      }
      return { peer, learns: peer.startsWith('ours'), time: rounds === 1 || isProcess(way) ? once : often }
    })
    const count = runs ?? runsFor(n)
    const times = await paired(contenders, {
      runs: count,
      warmUp: warmUpFor(n, count),
      progress: done => progress(`install, ${n} redirects: ${Math.max(done, 0)} of ${count}`)
    })
    for (const [i, entrant] of ready.entries()) mustBe(entrant, job, versions[i] as 0 | 1)
    for (const [i, { peer }] of ready.entries()) rows.push(rowOfFigures({ peer, n }, times[i] as Figure[], times[0] as Figure[]))
  }
  await Promise.all(entrants.map(({ program }) => program.end()))
  for (const { namespace } of entrants) namespace.remove()
  scratch.remove()
  return rows
}

/** Starts with version 1 in force, and shows that it can do both ways. One that cannot is left out; one that does something else is an error. */
async function isReady(entrant: Entrant, job: Job, file: FileOf, lose: (peer: string, reason: string) => void): Promise<boolean> {
  const { peer, way, namespace, program } = entrant
  job.begin(namespace, way.form)
  try {
    for (const line of way.load(file)) await program.ask(line)
    for (const version of [0, 1] as const) {
      await program.time(way.go(version, file))
      mustBe(entrant, job, version)
    }
    return true
  } catch (error) {
    if (peer === 'ours' || error instanceof WrongResult) throw error
    lose(peer, (error as Error).message)
    return false
  }
}

class WrongResult extends Error {}

function mustBe({ peer, way, namespace }: Entrant, job: Job, version: 0 | 1): void {
  try {
    job.check(namespace, way.form, version)
  } catch (error) {
    throw new WrongResult(`peer '${peer}' with ${job.n} redirects: ${(error as Error).message}`)
  }
}
