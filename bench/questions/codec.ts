// Question 6: the codec and the plan by themselves, and whether the event loop turns while redirects are replaced.
import type { Row } from '../measure/row.ts'
import { peerSource } from '../obtain/obtain.ts'
import { makePod } from '../place/namespace.ts'
import { startProgram } from '../place/program.ts'
import type { Ask } from './place.ts'

export const codec: Ask = async ({ sizes, runs, progress }) => {
  const pod = makePod('codec')
  // a large nursery, so that what is allocated can be counted before it is collected
  const program = await startProgram(pod, [process.execPath, '--expose-gc', '--max-semi-space-size=256', peerSource('ours-codec.ts')])
  const rows: Row[] = []
  const ask = async (line: string, n: number) => {
    progress(`codec: ${line}`)
    const parts = JSON.parse((await program.ask(line)).join(' ')) as Omit<Row, 'peer' | 'n' | 'ratio'>[]
    rows.push(...parts.map(part => ({ peer: 'ours', n, ratio: 1, ...part }) as Row))
  }
  await ask('codec', 1)
  for (const size of sizes) {
    await ask(`pure ${size}`, size)
    await ask(`loop ${size} ${runs ?? 15}`, size)
  }
  await program.end()
  pod.remove()
  return rows
}
