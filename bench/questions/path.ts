// Question 5: what packets feel with N redirects, of which the last is hit.
import { makeList } from '../lists.ts'
import { paired } from '../measure/paired.ts'
import { type Row, rowOf } from '../measure/row.ts'
import { median, pairedRatio } from '../measure/summary.ts'
import { type Journey, openJourney, type Router } from '../place/journey.ts'
import type { Ask } from './place.ts'

/** Of a run: connections that are answered, for the time of each; more that are only opened, for the rate. */
const ANSWERED = 200
const OPENED = 1000
const MEGABYTES = 64

/** A router with N redirects, in namespaces of its own, so that all sizes take turns, too. */
interface Traveller {
  readonly peer: string
  readonly n: number
  readonly port: number
  readonly journey: Journey
}

interface Load {
  /** Nanoseconds. */
  readonly p50: number
  readonly p99: number
  readonly opening: number
  readonly stream: number
  /** Microseconds. */
  readonly cpu: number
}

export const path: Ask = async ({ peers, sizes, runs, progress }) => {
  const travellers: Traveller[] = []
  for (const n of sizes) {
    for (const peer of peers) {
      progress(`path, ${n} redirects: preparing`)
      travellers.push(await prepare(peer, n))
    }
  }
  const loads = await paired(
    travellers.map(traveller => ({ peer: traveller.peer, time: () => burden(traveller) })),
    { runs: runs ?? 15, warmUp: 1, progress: done => progress(`path: ${Math.max(done, 0)} of ${runs ?? 15}`) }
  )
  for (const { journey } of travellers) await journey.end()
  const loadsOf = (peer: string, n: number) => loads[travellers.findIndex(one => one.peer === peer && one.n === n)] as Load[]
  return travellers.map(({ peer, n }) => summary(peer, n, loadsOf(peer, n), loadsOf('ours', n), loadsOf(peer, sizes[0] as number)))
}

async function prepare(peer: string, n: number): Promise<Traveller> {
  const journey = await openJourney(peer as Router)
  const list = makeList(n, 0)
  const { port, targetPort } = list[n - 1] as (typeof list)[number]
  journey.route(list)
  await journey.server.ask(`listen ${targetPort}`)
  return { peer, n, port, journey }
}

async function burden({ port, journey: { client, address } }: Traveller): Promise<Load> {
  const [p50, p99] = (await client.ask(`connect ${address} ${port} ${ANSWERED}`)).map(Number) as [number, number]
  const [opening, cpu] = (await client.ask(`open ${address} ${port} ${OPENED}`)).map(Number) as [number, number]
  return { p50, p99, opening, cpu, stream: await client.time(`stream ${address} ${port} ${MEGABYTES}`) }
}

/** @param smallest the same peer's loads with the fewest redirects */
function summary(peer: string, n: number, loads: readonly Load[], ours: readonly Load[], smallest: readonly Load[]): Row {
  const all = (list: readonly Load[], what: keyof Load) => list.map(load => load[what])
  const opening = all(loads, 'opening')
  // the smallest against its own run before: what the machine's noise makes of two that are the same
  const before = smallest === loads ? opening.map((_, run) => opening.at(run - 1) as number) : all(smallest, 'opening')
  const toOurs = pairedRatio(opening, all(ours, 'opening'))
  const toSmallest = pairedRatio(before, opening)
  return {
    ...rowOf({ peer, n }, all(loads, 'p50'), all(ours, 'p50')),
    latency_p99_us: Math.round(median(all(loads, 'p99')) / 10) / 100,
    connections_per_second: Math.round((OPENED * 1e9) / median(opening)),
    connections_ratio: toOurs.ratio,
    connections_ratio_q1: toOurs.ratio_q1,
    connections_ratio_q3: toOurs.ratio_q3,
    rate_to_smallest: toSmallest.ratio,
    rate_to_smallest_q1: toSmallest.ratio_q1,
    rate_to_smallest_q3: toSmallest.ratio_q3,
    throughput_mb_per_second: Math.round((MEGABYTES * 2 ** 20 * 1e3) / median(all(loads, 'stream'))),
    cpu_us: Math.round(median(all(loads, 'cpu')) / OPENED)
  }
}
