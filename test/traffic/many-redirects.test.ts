// Thousands of redirects are replaced while clients keep connecting: every connection goes where the old list or the new one says, none is
// refused, and nothing leaves with another source. Rules that come and go with the list, as a fallback does, are no exception.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { environment, values } from '../kit/documentation.ts'
import { eventually } from '../kit/eventually.ts'
import { type Lab, openLab } from '../kit/laboratory.ts'
import { exits } from '../kit/outcome.ts'
import { wrongSources } from '../kit/right-source.ts'

const MANY = 10_000
const FIRST = 10_000
const { pod, destinations } = values.ipv4
const [a, b, c] = destinations
const many = (target: string) => Array.from({ length: MANY }, (_, i) => `${FIRST + i} tcp ${target} 443`).join('\n')

interface List {
  readonly text: string
  /** Where connections to port 443 go, and those to the many. */
  readonly at: string
  readonly manyAt: string
}
const lists: readonly List[] = [
  { text: `443 tcp ${a}\n${many(a)}`, at: a, manyAt: a },
  { text: `443 tcp ${b}\n${many(b)}`, at: b, manyAt: b },
  // the port loses its redirect and falls to a fallback that comes with the same list
  { text: `${many(c)}\n${a}`, at: a, manyAt: c },
  // another fallback, and the redirect is back
  { text: `443 tcp ${b}\n${many(a)}\n${c}`, at: b, manyAt: a },
  { text: `443 tcp ${c}\n${many(b)}`, at: c, manyAt: b }
]
const ports = [443, FIRST, FIRST + 4321, FIRST + MANY - 1]

/** Keeps asking until it is told to stop; what was answered, by port. */
function load(lab: Lab) {
  const answers = new Map(ports.map(port => [port, new Map<string, number>()]))
  let over = false
  const asking = ports.map(async port => {
    const seen = answers.get(port) as Map<string, number>
    while (!over) {
      const { at, error } = await lab.ask('client', 'tcp', pod, port)
      const answer = at ?? `error ${error}`
      seen.set(answer, (seen.get(answer) ?? 0) + 1)
    }
  })
  const isOn = () => ports.every(port => (answers.get(port) as Map<string, number>).size > 0)
  const stop = async () => {
    over = true
    await Promise.all(asking)
    return answers
  }
  return { isOn, stop }
}

t.test(`${MANY} redirects change under load`, async t => {
  const lab = await openLab(t)
  const folder = mkdtempSync(join(tmpdir(), 'egress-many-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'destinations')
  writeFileSync(file, lists[0]?.text ?? '')
  const { EGRESS_DESTINATION: _, ...rest } = environment(['ipv4'], { EGRESS_CONFLICT_PROBE: 'off' })
  const running = lab.startRouter({ ...rest, EGRESS_DESTINATION_FILE: file, EGRESS_ROUTER_MODE: 'legacy' })
  await running.shows(/ready/)
  const capture = await lab.capture('p-node')
  for (const [i, next] of lists.slice(1).entries()) {
    const before = lists[i] as List
    const { isOn, stop } = load(lab)
    t.ok(await eventually(async () => isOn()), `there is load when list ${i + 1} comes`)
    writeFileSync(`${file}.new`, next.text)
    renameSync(`${file}.new`, file)
    const isNew = async () => {
      const at = await Promise.all(ports.map(async port => (await lab.ask('client', 'tcp', pod, port)).at))
      return at.every((place, n) => place === (n === 0 ? next.at : next.manyAt))
    }
    t.ok(await eventually(isNew), `list ${i + 1} is in force`, { output: running.output() })
    const answers = await stop()
    let total = 0
    for (const [port, seen] of answers) {
      const allowed = port === 443 ? [before.at, next.at] : [before.manyAt, next.manyAt]
      const wrong = [...seen].filter(([answer]) => !allowed.includes(answer))
      t.same(wrong, [], `list ${i + 1}, port ${port}: nothing went elsewhere`)
      total += [...seen.values()].reduce((sum, count) => sum + count, 0)
    }
    t.comment(`list ${i + 1}: ${total} connections around the time when it came into force`)
  }
  t.same(wrongSources(await capture.finish(), await lab.mac('router', 'macvlan0')), [], 'nothing has left with another source')
  exits(t, await running.end(), 0, 'SIGTERM')
})
