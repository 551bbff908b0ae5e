// Question 5: what packets feel with N redirects, of which the last is hit.
import { makeList } from '../lists.ts'
import { paired } from '../measure/paired.ts'
import { type Row, rowOf } from '../measure/row.ts'
import { median } from '../measure/summary.ts'
import { type Journey, openJourney, type Router } from '../place/journey.ts'
import type { Ask } from './place.ts'

/** Connections of a run: some one after the other, for the time of each; more with several at once, for the rate. */
const ALONE = 200
const MANY = 1000
const AT_ONCE = 8
const MEGABYTES = 64

interface Load {
  readonly alone: number[]
  readonly p99: number[]
  readonly rate: number[]
  readonly cpu: number[]
  readonly bytes: number[]
}

export const path: Ask = async ({ peers, sizes, runs, progress }) => {
  const rows: Row[] = []
  const travellers: { peer: string; journey: Journey }[] = []
  for (const peer of peers) travellers.push({ peer, journey: await openJourney(peer as Router) })
  for (const size of sizes) {
    const list = makeList(size, 0)
    const last = list[size - 1] as (typeof list)[number]
    const loads = travellers.map((): Load => ({ alone: [], p99: [], rate: [], cpu: [], bytes: [] }))
    for (const { journey } of travellers) {
      journey.route(list)
      await journey.server.ask(`listen ${last.targetPort}`)
    }
    const count = runs ?? 9
    await paired(
      travellers.map(({ peer, journey: { client, address } }, i) => ({
        peer,
        async time(run: number) {
          const [, p50, p99] = await client.ask(`connect ${address} ${last.port} ${ALONE} 1`)
          const [total, , , cpu] = await client.ask(`connect ${address} ${last.port} ${MANY} ${AT_ONCE}`)
          const stream = await client.time(`stream ${address} ${last.port} ${MEGABYTES}`)
          if (run >= 0) {
            const load = loads[i] as Load
            load.alone.push(Number(p50))
            load.p99.push(Number(p99))
            load.rate.push((MANY * 1e9) / Number(total))
            load.cpu.push(Number(cpu) / MANY)
            load.bytes.push((MEGABYTES * 2 ** 20 * 1e3) / stream)
          }
          return Number(total)
        }
      })),
      { runs: count, warmUp: 1, progress: done => progress(`path, ${size} redirects: ${Math.max(done, 0)} of ${count}`) }
    )
    const ours = loads[0] as Load
    for (const [i, { peer }] of travellers.entries()) {
      const load = loads[i] as Load
      rows.push({
        ...rowOf({ peer, n: size }, load.alone, ours.alone),
        latency_p99_us: Math.round(median(load.p99) / 10) / 100,
        connections_per_second: Math.round(median(load.rate)),
        connections_ratio: Number(median(ours.rate.map((rate, run) => rate / (load.rate[run] as number))).toPrecision(4)),
        throughput_mb_per_second: Math.round(median(load.bytes)),
        cpu_us: Math.round(median(load.cpu))
      })
    }
  }
  for (const { journey } of travellers) await journey.end()
  return rows
}
