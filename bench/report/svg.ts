// Two kinds of plots, as SVG text: lines over logarithmic axes, and bars.

export interface Line {
  readonly name: string
  readonly points: ReadonlyArray<readonly [x: number, y: number]>
}
export interface Bar {
  readonly name: string
  readonly value: number
  readonly label: string
}

const WIDTH = 760
const FONT = 'font-family="system-ui, sans-serif" font-size="12"'
const colors = [
  '#1b6ac9',
  '#d1495b',
  '#2e8b57',
  '#8e5bb5',
  '#e08e0b',
  '#3aa6a6',
  '#7a7a7a',
  '#b5651d',
  '#c2418a',
  '#5a7d2a',
  '#44475a',
  '#a0522d'
]
const colorOf = (index: number) => colors[index % colors.length] as string

const plain = (text: string) => text.replace(/[&<>"]/g, sign => `&#${sign.charCodeAt(0)};`)
const text = (x: number, y: number, words: string, more = '') =>
  `<text x="${round(x)}" y="${round(y)}" ${FONT} fill="#222" ${more}>${plain(words)}</text>`
const round = (value: number) => Math.round(value * 10) / 10
const frame = (height: number, title: string, parts: readonly string[]) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>${plain(title)}</title>
<rect width="100%" height="100%" fill="#fff"/>
${text(16, 24, title, 'font-weight="bold"')}
${parts.join('\n')}
</svg>
`

/** Powers of ten that enclose the values. */
function decades(values: readonly number[]): { low: number; high: number } {
  const low = Math.floor(Math.log10(Math.min(...values)))
  const high = Math.ceil(Math.log10(Math.max(...values)))
  return { low, high: high === low ? high + 1 : high }
}

/** Lines over two logarithmic axes; names stand in a column at the right, in the order of their last values. */
export function lineChart(title: string, axes: { x: string; y: string; unit: (value: number) => string }, lines: readonly Line[]): string {
  const [left, right, top, bottom] = [70, 560, 44, 380]
  const all = lines.flatMap(line => line.points)
  const xs = decades(all.map(([x]) => x))
  const ys = decades(all.map(([, y]) => y))
  const atX = (x: number) => left + ((Math.log10(x) - xs.low) / (xs.high - xs.low)) * (right - left)
  const atY = (y: number) => bottom - ((Math.log10(y) - ys.low) / (ys.high - ys.low)) * (bottom - top)
  const range = ({ low, high }: typeof xs) => Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i))
  const parts = [
    ...range(xs).flatMap(x => [
      `<path d="M${round(atX(x))} ${top}V${bottom}" stroke="#ddd"/>`,
      text(atX(x), bottom + 18, x.toLocaleString('en'), 'text-anchor="middle"')
    ]),
    ...range(ys).flatMap(y => [
      `<path d="M${left} ${round(atY(y))}H${right}" stroke="#ddd"/>`,
      text(left - 6, atY(y) + 4, axes.unit(y), 'text-anchor="end"')
    ]),
    text((left + right) / 2, bottom + 38, axes.x, 'text-anchor="middle"'),
    text(16, top - 2, axes.y)
  ]
  const height = (line: Line) => line.points.at(-1)?.[1] ?? 0
  const order = [...lines.keys()].sort((a, b) => height(lines[b] as Line) - height(lines[a] as Line))
  for (const [place, index] of order.entries()) {
    const line = lines[index] as Line
    const color = colorOf(index)
    const path = line.points.map(([x, y], i) => `${i ? 'L' : 'M'}${round(atX(x))} ${round(atY(y))}`).join('')
    const y = top + 8 + place * 20
    parts.push(
      `<path d="${path}" fill="none" stroke="${color}" stroke-width="${index === 0 ? 3 : 1.5}"/>`,
      ...line.points.map(([x, value]) => `<circle cx="${round(atX(x))}" cy="${round(atY(value))}" r="3" fill="${color}"/>`),
      `<path d="M${right + 16} ${y}h18" stroke="${color}" stroke-width="3"/>`,
      text(right + 40, y + 4, line.name)
    )
  }
  return frame(430, title, parts)
}

/** Bars from nothing, one below the other. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const [left, right] = [150, 640]
  const most = Math.max(...bars.map(bar => bar.value))
  const parts = bars.flatMap(({ name, value, label }, i) => {
    const y = 44 + i * 28
    const width = Math.max(1, ((right - left) * value) / most)
    return [
      text(left - 8, y + 14, name, 'text-anchor="end"'),
      `<rect x="${left}" y="${y}" width="${round(width)}" height="20" fill="${name.startsWith('ours') ? colorOf(0) : '#9aa5b1'}"/>`,
      text(left + width + 6, y + 14, label)
    ]
  })
  return frame(60 + bars.length * 28, title, parts)
}
