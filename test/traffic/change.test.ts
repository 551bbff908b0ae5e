// New destinations take the place of the old ones, also for a UDP conversation that goes on; what does not change is not cut.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { environment, values } from '../kit/documentation.ts'
import { eventually } from '../kit/eventually.ts'
import { type Lab, openLab } from '../kit/laboratory.ts'
import { exits } from '../kit/outcome.ts'

const env = (destination: string) => environment(['ipv4', 'ipv6'], { EGRESS_DESTINATION: destination, EGRESS_CONFLICT_PROBE: 'off' })
const both = (i: 0 | 1 | 2) => `${values.ipv4.destinations[i]}\n${values.ipv6.destinations[i]}`

/** Always from the same port, so that conntrack holds one and the same flow. */
const talk = async (lab: Lab, pod: string) => (await lab.ask('client', 'udp', pod, 443, { fromPort: 40_000, patience: 3000 })).at

t.test('a second run with another fallback', async t => {
  const lab = await openLab(t)
  for (const i of [0, 1, 2] as const) {
    exits(t, await lab.router(env(both(i))), 0, 'run')
    for (const { pod, destinations } of Object.values(values)) {
      t.equal(await talk(lab, pod), destinations[i], `the datagrams of one socket reach ${destinations[i]}`)
      t.match(await lab.ask('client', 'tcp', pod, 443), { at: destinations[i] }, 'a new TCP connection too')
    }
  }
})

t.test('a connection whose destination stays is not cut', async t => {
  const lab = await openLab(t)
  const [a, b] = values.ipv4.destinations
  exits(t, await lab.router(env(`443 tcp ${a}\n80 tcp ${a}`)), 0, 'run')
  const mebibyte = 2 ** 20
  // slow enough to be still going on when the second run is over
  await lab.must('gateway', ['tc', 'qdisc', 'add', 'dev', 'lan', 'root', 'tbf', 'rate', '8mbit', 'burst', '32k', 'latency', '200ms'])
  const download = lab.ask('client', 'tcp', values.ipv4.pod, 443, { down: 2 * mebibyte, patience: 10_000 })
  exits(t, await lab.router(env(`443 tcp ${a}\n80 tcp ${b}`)), 0, 'a run that changes another port')
  t.match(await download, { at: a, downloaded: 2 * mebibyte }, 'the download is whole')
  t.match(await lab.ask('client', 'tcp', values.ipv4.pod, 80), { at: b }, 'the other port is changed')
})

t.test('a file of destinations that is replaced while the router runs', async t => {
  const lab = await openLab(t)
  const folder = mkdtempSync(join(tmpdir(), 'egress-destinations-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'destinations')
  writeFileSync(file, both(0))
  const { EGRESS_DESTINATION: _, ...rest } = env('')
  const running = lab.startRouter({ ...rest, EGRESS_DESTINATION_FILE: file, EGRESS_ROUTER_MODE: 'legacy' })
  await running.shows(/ready/)
  const { pod, destinations } = values.ipv4
  t.equal(await talk(lab, pod), destinations[0])
  writeFileSync(`${file}.new`, both(1))
  renameSync(`${file}.new`, file)
  t.ok(await eventually(async () => (await talk(lab, pod)) === destinations[1]), 'replaced as a whole', { output: running.output() })
  writeFileSync(file, both(2))
  t.ok(await eventually(async () => (await talk(lab, pod)) === destinations[2]), 'written in place', { output: running.output() })
  writeFileSync(file, '80 tcp nonsense/')
  await running.shows(/line 1\b/)
  t.equal(await talk(lab, pod), destinations[2], 'a mistake in the file changes nothing')
  exits(t, await running.end(), 0, 'SIGTERM')
})
