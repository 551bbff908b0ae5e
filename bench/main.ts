// `npm run bench -- …`: see bench/README.md.
import { peers as catalog } from './catalog.ts'
import { choosePeers, chooseRuns, chooseSizes, Mistake } from './choices.ts'
import { type QuestionOptions, runCommandLine } from './command-line.ts'
import { type Question, questions, type Row } from './measure/row.ts'
import { obtain } from './obtain/obtain.ts'
import { removeAll, sweep } from './place/namespace.ts'
import { endAll } from './place/program.ts'
import { asks, quickly, usualSizes } from './questions/asks.ts'
import { readRuleset } from './questions/foreign.ts'
import { compareResults, printComparison } from './report/compare.ts'
import { writeDocument } from './report/document.ts'
import { describeMachine } from './report/machine.ts'
import { plots } from './report/plots.ts'
import { openProgress } from './report/progress.ts'
import { type Results, readResults, rowsOf, save } from './report/results.ts'
import { markdownTables } from './report/table.ts'

const { progress, say, clear } = openProgress(process.stderr)
const leave = () => {
  clear()
  endAll()
  removeAll()
}
process.once('exit', leave)
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129]
] as const) {
  process.once(signal, () => process.exit(code))
}

interface Request {
  readonly question: Question
  readonly peers: readonly string[]
  readonly sizes: readonly number[]
  readonly runs?: number | undefined
  readonly ruleset?: string | undefined
}

/** Asks the questions one after the other and gives their rows, with what must be known of the machine. */
async function measure(requests: readonly Request[]): Promise<Results> {
  if (process.getuid?.() !== 0) throw new Mistake('needs root, for network namespaces')
  sweep()
  const needsOf = (name: string, question: Question) => catalog.find(peer => peer.name === name)?.needs[question] ?? []
  const { missing } = obtain(
    requests.flatMap(({ question, peers }) => peers.flatMap(peer => needsOf(peer, question))),
    true,
    say
  )
  const machine = describeMachine()
  if (machine.load > machine.cores / 2) say(`the machine is busy (load ${machine.load}): figures will spread, ratios hold better`)
  const lost: Record<string, string> = {}
  const rows: Partial<Record<Question, Row[]>> = {}
  for (const { question, peers, ...rest } of requests) {
    const there = peers.filter(peer => {
      const reason = needsOf(peer, question).flatMap(need => missing.get(need) ?? [])[0]
      if (reason === undefined) return true
      if (peer === 'ours') throw new Error(`'${question}' cannot be asked: ${reason}`)
      lost[`${question} ${peer}`] = reason
      say(`${question}: without peer '${peer}': ${reason}`)
      return false
    })
    const lose = (peer: string, reason: string) => {
      lost[`${question} ${peer}`] = reason
      say(`${question}: without peer '${peer}': ${reason}`)
    }
    const ask = await asks[question]()
    rows[question] = await ask({ ...rest, peers: there, missing, progress, say, lose })
    clear()
  }
  return { machine, taken: new Date().toISOString(), missing: lost, ...rows }
}

function report(name: string, results: Results, output: QuestionOptions['output']): void {
  const json = save(`${name}.json`, `${JSON.stringify(results, null, 1)}\n`)
  save(`${name}.md`, markdownTables(results))
  const pictures = plots(results).map(({ title, svg }) => save(`${name === title ? '' : `${name}-`}${title}.svg`, svg))
  say(`written: ${[json, json.replace(/json$/, 'md'), ...pictures].join(' ')}`)
  process.stdout.write(output === 'json' ? `${JSON.stringify(rowsOf(results))}\n` : `${markdownTables(results)}`)
}

const actions = {
  async all({ output }: Pick<QuestionOptions, 'output'>, quick: boolean): Promise<number> {
    const requests = questions.map(question => ({
      question,
      peers: choosePeers('all', question),
      ...(quick ? quickly[question] : { sizes: usualSizes[question] })
    }))
    const results = await measure(requests)
    report(quick ? 'quick' : 'all', results, output)
    if (!quick) say(`written: ${writeDocument(results)}`)
    return 0
  },

  async ask(question: Question, { peers, sizes, runs, output, ruleset }: QuestionOptions): Promise<number> {
    if (ruleset !== undefined) readRuleset(ruleset)
    const request = {
      question,
      peers: choosePeers(peers, question),
      sizes: sizes === undefined ? usualSizes[question] : chooseSizes(sizes),
      runs: runs === undefined ? undefined : chooseRuns(runs),
      ruleset
    }
    report(question, await measure([request]), output)
    return 0
  },

  compare(before: string, after: string): number {
    const comparison = compareResults(readResults(before), readResults(after))
    if (comparison.comparisons.length === 0) throw new Mistake(`${before} and ${after} have no figure in common`)
    process.stdout.write(printComparison(comparison))
    const worse = comparison.comparisons.filter(({ verdict, own }) => own && verdict === 'slower')
    const better = comparison.comparisons.filter(({ verdict, own }) => own && verdict === 'faster')
    process.stdout.write(`\n${worse.length} slower, ${better.length} faster, of ${comparison.comparisons.length} compared\n`)
    return worse.length > 0 ? 1 : 0
  }
}

try {
  process.exitCode = await runCommandLine(process.argv.slice(2), actions)
} catch (error) {
  clear()
  const known = error instanceof Mistake
  process.stderr.write(`bench: ${known ? error.message : ((error as Error).stack ?? error)}\n`)
  process.exitCode = known ? 2 : 1
}
process.exit()
