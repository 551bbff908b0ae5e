import type { Row } from '../measure/row.ts'
import type { Results } from './results.ts'
import { barChart, type Line, lineChart } from './svg.ts'
import { time } from './table.ts'

export interface Plot {
  readonly title: string
  readonly svg: string
}

/** What can be drawn of the results; a line needs two sizes. */
export function plots({ install, change, link, start, path }: Results): Plot[] {
  const drawn: Plot[] = []
  const lines = (title: string, words: string, rows: readonly Row[] | undefined, value: (row: Row) => number, unit = time) => {
    const found = linesOf(rows ?? [], value)
    const y = unit === time ? 'median' : 'connections a second'
    if (found.some(({ points }) => points.length > 1)) drawn.push({ title, svg: lineChart(words, { x: 'redirects', y, unit }, found) })
  }
  const bars = (title: string, words: string, rows: readonly Row[] = []) => {
    const first = rows.filter(row => row.n === rows[0]?.n)
    if (first.length < 2) return
    drawn.push({
      title,
      svg: barChart(
        words,
        first.map(row => ({ name: row.peer, value: row.p50_us, label: time(row.p50_us) }))
      )
    })
  }
  lines('install', 'All redirects replaced', install, row => row.p50_us)
  lines(
    'change',
    'One redirect led elsewhere',
    change?.filter(row => row.operation === 'change'),
    row => row.p50_us
  )
  bars('link', 'Link, address, routes and rules in a pod (median)', link)
  bars('start', 'From exec to ready (median)', start)
  lines(
    'path',
    'New connections through the router, last redirect hit',
    path,
    row => Number(row.connections_per_second),
    value => value.toLocaleString('en')
  )
  return drawn
}

function linesOf(rows: readonly Row[], value: (row: Row) => number): Line[] {
  const byPeer = Map.groupBy(rows, row => row.peer)
  return [...byPeer].map(([name, list]) => ({
    name,
    points: list.map(row => [row.n, value(row)] as const).filter(([, y]) => y > 0)
  }))
}
