import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { questions } from '../measure/row.ts'
import type { Machine } from './machine.ts'
import { plots } from './plots.ts'
import type { Results } from './results.ts'
import { markdownTable, titles } from './table.ts'

/** Writes docs/benchmarks.md from a whole run, and gives its path. */
export function writeDocument(results: Results): string {
  const drawn = new Set(plots(results).map(({ title }) => title))
  const sections = questions.flatMap(name => {
    const rows = results[name]
    if (!rows) return []
    const picture = drawn.has(name) ? `![${titles[name]}](../bench/results/all-${name}.svg)\n\n` : ''
    return [`## ${titles[name]}\n\n${picture}${markdownTable(rows)}`]
  })
  const lost = Object.entries(results.missing ?? {}).map(([peer, reason]) => `- ${peer}: ${reason}\n`)
  const text = `# Benchmarks

Made by \`npm run bench\`; what each figure means, what each peer does and how to repeat it stands in [bench/README.md](../bench/README.md).
Every table is one run in which all peers took turns (A B A B …): read the ratios, which hold on other machines better than the times.
\`against ours\` is the median of the ratios run by run (above 1: slower than this project); \`spread\` is the distance between the quartiles.

${machineText(results.machine, results.taken)}
${lost.length > 0 ? `Peers that could not take part:\n\n${lost.join('')}\n` : ''}
${sections.join('\n')}`
  writeFileSync(fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url)), text.replaceAll(/\n{3,}/g, '\n\n'))
  return 'docs/benchmarks.md'
}

function machineText(machine: Machine | undefined, taken = ''): string {
  if (!machine) return ''
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`)
  return `${machine.cores} × ${machine.cpu}, ${machine.memory_mb} MB, Linux ${machine.kernel}; load before ${machine.load}; ${taken.slice(0, 10)}.
${versions.join(', ')}.
`
}
