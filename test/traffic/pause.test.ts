// EGRESS_AFTER=pause: the process of the router becomes native/pause, and what it made goes on working. As process 1 too.
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { environment, ipv4 } from '../kit/documentation.ts'
import { eventually } from '../kit/eventually.ts'
import { openLab } from '../kit/laboratory.ts'
import { exits, refuses } from '../kit/outcome.ts'
import { root } from '../kit/process.ts'
import { snapshot } from '../kit/snapshot.ts'

const env = environment(['ipv4'], { EGRESS_CONFLICT_PROBE: 'off', EGRESS_ROUTER_MODE: 'legacy', EGRESS_AFTER: 'pause' })
const program = join(root, 'dist/native/pause')

const became = (pid: number) => {
  try {
    return readlinkSync(`/proc/${pid}/exe`) === program
  } catch {
    return false
  }
}
const onlyChild = (pid: number) => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'))

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`it is small, serves on, and ends at ${signal}`, async t => {
    const lab = await openLab(t)
    const running = lab.startRouter(env)
    t.ok(await eventually(async () => became(running.pid)), 'the same process is another program')
    t.match(running.output(), /ready/)
    t.match(await lab.ask('client', 'tcp', ipv4.pod, 80), { seen: ipv4.source }, 'serving')
    const resident = Number(/^Rss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${running.pid}/smaps_rollup`, 'utf8'))?.[1])
    t.ok(resident > 0 && resident < 100, `${resident} kB resident`)
    t.same(readdirSync(`/proc/${running.pid}/fd`).sort(), ['0', '1', '2'], 'no socket is left')
    exits(t, await running.end(signal), 0, signal)
    t.match(await lab.ask('client', 'tcp', ipv4.pod, 80), { seen: ipv4.source }, 'still serving')
  })
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`as process 1 it buries children and ends at ${signal}`, async t => {
    const lab = await openLab(t, { server: false })
    const running = lab.startRouter(env, ['run'], ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'])
    const pid = (await eventually(async () => {
      const child = onlyChild(running.pid)
      return became(child) && child
    })) as number
    // a process whose parent ends before it falls to process 1 of its namespace
    await lab.must('router', ['nsenter', `--pid=/proc/${pid}/ns/pid`, 'sh', '-c', '(sleep 2 >/dev/null 2>&1 & exit 0) & wait'])
    t.ok(await eventually(async () => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8') !== ''), 'an orphan falls to it')
    t.ok(await eventually(async () => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8') === ''), 'and is buried when it ends')
    process.kill(pid, 'SIGHUP')
    process.kill(pid, 'SIGUSR1')
    t.ok(became(pid), 'other signals end no process 1')
    process.kill(pid, signal)
    exits(t, await running.finished, 0, signal)
  })
}

t.test('a root file system that is read-only', async t => {
  const lab = await openLab(t, { server: false })
  const running = lab.startRouter(env, ['run'], ['unshare', '--mount', 'sh', '-c', 'mount -o remount,ro,bind / && exec "$@"', 'sh'])
  t.ok(await eventually(async () => became(running.pid)), running.output())
  exits(t, await running.end(), 0, 'SIGTERM')
})

t.test('a signal while it sets up ends it', async t => {
  const lab = await openLab(t, { link: 'none', server: false })
  const running = lab.startRouter(env, ['run'], ['unshare', '--pid', '--fork', '--kill-child'])
  await running.shows(/waiting for link/)
  process.kill(onlyChild(running.pid), 'SIGTERM')
  exits(t, await running.finished, 0, 'as process 1')
})

t.test('without the program nothing is changed', async t => {
  const lab = await openLab(t, { server: false })
  const before = await snapshot(lab)
  const folder = mkdtempSync(join(tmpdir(), 'egress-pause-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const hidden = ['unshare', '--mount', 'sh', '-c', `mount --bind ${folder} ${join(root, 'dist/native')} && exec "$@"`, 'sh']
  refuses(t, await lab.router(env, ['run'], hidden), 2, 'no native/pause', /dist\/native\/pause cannot be executed/, /npm run build/)
  t.same(await snapshot(lab), before, 'the network is as it was')
})

t.test('exit: as init does', async t => {
  const lab = await openLab(t)
  exits(t, await lab.router({ ...env, EGRESS_AFTER: 'exit' }), 0, 'run')
  t.match(await lab.ask('client', 'tcp', ipv4.pod, 80), { seen: ipv4.source }, 'serving')
})

t.test('what contradicts the mode is refused', async t => {
  const lab = await openLab(t, { server: false })
  for (const [mode, after] of [
    ['init', 'stay'],
    ['init', 'pause'],
    ['http-proxy', 'exit']
  ] as const) {
    const words = new RegExp(`EGRESS_AFTER: '${after}' contradicts mode ${mode}`)
    const given = { ...env, EGRESS_ROUTER_MODE: mode, EGRESS_AFTER: after, EGRESS_HTTP_PROXY_DESTINATION: '*' }
    refuses(t, await lab.router(given), 2, `${mode} and ${after}`, words)
  }
  exits(t, await lab.router({ ...env, EGRESS_ROUTER_MODE: 'init', EGRESS_AFTER: 'exit' }), 0, 'what is said twice is no contradiction')
})
