// Question 4: from exec to a router that is ready, in a fresh pod each time; and what stays in memory afterwards.
import { openShelf } from '../artefacts.ts'
import { makeList } from '../lists.ts'
import { paired } from '../measure/paired.ts'
import { type Row, rowOf } from '../measure/row.ts'
import { programPath } from '../obtain/obtain.ts'
import { type Lan, openLan } from '../place/lan.ts'
import type { Namespace } from '../place/namespace.ts'
import { type Program, startProgram } from '../place/program.ts'
import { mustHold } from '../place/state.ts'
import type { Ask } from './place.ts'
import { measureRest } from './rest.ts'
import { type Start, scriptOf, startsOf } from './start-scripts.ts'

export const start: Ask = async ({ peers, sizes, runs, progress, lose, say }) => {
  const rows: Row[] = []
  for (const size of sizes) {
    using shelf = openShelf()
    const lan = openLan()
    const runner = await startProgram(lan.node, [programPath('run')])
    const starts = await startsOf(lan, shelf, size)
    let serial = 0
    const entrants: Entrant[] = []
    for (const peer of peers) {
      const entrant = new Entrant(
        starts[peer] as Start,
        lan,
        runner,
        text => shelf.write(`${serial++}.script`, text),
        words => say(`${words} (${peer})`)
      )
      try {
        await entrant.prepare()
        await entrant.time()
        if (entrant.start.form) mustHold(entrant.pod, entrant.start.form, makeList(size, 0))
        await entrant.finish()
        entrants.push(entrant)
      } catch (error) {
        if (peer === 'ours' || /its result is wrong/.test(String(error))) throw new Error(`peer '${peer}': ${(error as Error).message}`)
        lose(peer, (error as Error).message)
      }
    }
    const able = peers.filter(peer => entrants.some(entrant => entrant.start === starts[peer]))
    const count = runs ?? 20
    const times = await paired(
      entrants.map((entrant, i) => ({
        peer: able[i] as string,
        reset: () => entrant.prepare(),
        async time() {
          const spent = await entrant.time()
          await entrant.finish()
          return spent
        }
      })),
      { runs: count, warmUp: 1, progress: done => progress(`start, ${size} redirects: ${Math.max(done, 0)} of ${count}`) }
    )
    for (const [i, peer] of able.entries()) {
      const row = rowOf({ peer, n: size }, times[i] as number[], times[0] as number[])
      rows.push({ ...row, ...(await (entrants[i] as Entrant).rest(count < 10 ? 2 : 10, progress)) })
    }
    await runner.end()
    lan.remove()
  }
  return rows
}

/** One peer: each run has a pod of its own, made before and taken out of the network after. */
class Entrant {
  readonly start: Start
  readonly #lan: Lan
  readonly #runner: Program
  readonly #write: (text: string) => string
  readonly #say: (text: string) => void
  #pod: Namespace | undefined
  #line = ''
  #pid: number | undefined

  constructor(start: Start, lan: Lan, runner: Program, write: (text: string) => string, say: (text: string) => void) {
    this.start = start
    this.#lan = lan
    this.#runner = runner
    this.#write = write
    this.#say = say
  }

  get pod(): Namespace {
    return this.#pod as Namespace
  }

  async prepare(): Promise<void> {
    this.#pod = this.#lan.pod()
    const path = this.#write(scriptOf(this.start, this.#pod))
    this.#line = this.start.word === undefined ? `run ${path}` : `until ${this.start.word} ${path}`
  }

  async time(): Promise<number> {
    const [nanoseconds, pid] = await this.#runner.ask(this.#line)
    this.#pid = this.start.word === undefined ? undefined : Number(pid)
    return Number(nanoseconds)
  }

  async finish(): Promise<void> {
    if (this.#pid !== undefined) {
      // what comes after `ready` is not measured, and should be over
      await new Promise(resolve => setTimeout(resolve, 50))
      await this.#runner.ask(`end ${this.#pid}`).catch((error: Error) => this.#say(`start: ${error.message}`))
    }
    this.#pid = undefined
    // the namespace itself goes at the end, with all others: the kernel's work for that would disturb the next run
    this.pod.ip('link del macvlan0\n')
  }

  /** Of a peer that stays. */
  async rest(seconds: number, progress: (text: string) => void): Promise<object> {
    if (!this.start.stays) return {}
    progress(`start: at rest for ${seconds * 2} s`)
    await this.prepare()
    await this.time()
    const rest = await measureRest(this.#pid as number, seconds === 10 ? 6 : 5, seconds)
    await this.finish()
    return rest
  }
}
