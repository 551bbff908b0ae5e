// Question 6: the codec and the plan by themselves, and for how long the event loop of a running router stands still while redirects are replaced.
import { readFileSync } from 'node:fs'
import { openShelf } from '../artefacts.ts'
import type { Row } from '../measure/row.ts'
import { peerSource } from '../obtain/obtain.ts'
import { openLan } from '../place/lan.ts'
import { makePod, type Namespace } from '../place/namespace.ts'
import { startProgram } from '../place/program.ts'
import type { Ask } from './place.ts'

/** What bin/egress-router gives to Node. */
const flags = readFileSync(new URL('../../dist/cli/flags', import.meta.url), 'utf8').match(/--[\w=-]+/g) ?? []

/** With fewer redirects nothing takes long enough to be felt. */
const FELT = 1000

/** A run takes two seconds; more than so many, and the program would be given up (place/program.ts). */
const MOST_RUNS = 40

export const codec: Ask = async ({ sizes, runs, progress }) => {
  const rows: Row[] = []
  const ask = async (program: Awaited<ReturnType<typeof startProgram>>, line: string, n: number) => {
    progress(`codec: ${line}`)
    const parts = JSON.parse((await program.ask(line)).join(' ')) as Omit<Row, 'peer' | 'n' | 'ratio'>[]
    rows.push(...parts.map(part => ({ peer: 'ours', n, ratio: 1, ...part }) as Row))
  }
  const pod = makePod('codec')
  // a large nursery, so that what is allocated can be counted before it is collected
  const program = await startProgram(pod, [process.execPath, '--expose-gc', '--max-semi-space-size=256', peerSource('ours-codec.ts')])
  await ask(program, 'codec', 1)
  for (const size of sizes) await ask(program, `pure ${size}`, size)
  await program.end()
  pod.remove()
  const feel = async (place: Namespace, line: string, size: number) => {
    const router = await startProgram(place, [process.execPath, ...flags, peerSource('ours-loop.ts')])
    await ask(router, line, size)
    await router.end()
  }
  for (const size of sizes.filter(size => size >= FELT)) {
    const lan = openLan()
    using shelf = openShelf()
    const times = Math.min(runs ?? 20, MOST_RUNS)
    await feel(lan.pod(), `run ${size} ${times} ${shelf.path('destinations')}`, size)
    await feel(lan.pod(), `library ${size} ${times}`, size)
    lan.remove()
  }
  return rows
}
