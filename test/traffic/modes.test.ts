// Mode legacy stays, says when it is ready and ends with 0 at once when it is told to, also as process 1. Mode init ends by itself.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { environment, ipv4 } from '../kit/documentation.ts'
import { eventually } from '../kit/eventually.ts'
import { openLab } from '../kit/laboratory.ts'
import { exits } from '../kit/outcome.ts'
import { snapshot } from '../kit/snapshot.ts'

const env = environment(['ipv4'], { EGRESS_CONFLICT_PROBE: 'off', EGRESS_ROUTER_MODE: 'legacy' })

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`legacy ends at ${signal}`, async t => {
    const lab = await openLab(t)
    const running = lab.startRouter(env)
    await running.shows(/ready/)
    t.match(await lab.ask('client', 'tcp', ipv4.pod, 80), { seen: ipv4.source }, 'serving')
    exits(t, await running.end(signal), 0, signal)
  })
}

t.test('legacy is the default', async t => {
  const lab = await openLab(t, { server: false })
  const { EGRESS_ROUTER_MODE: _, ...rest } = env
  const running = lab.startRouter(rest)
  await running.shows(/ready/)
  exits(t, await running.end(), 0, 'SIGTERM')
})

for (const [mode, code] of [
  ['legacy', 0],
  // the other containers of the pod wait for this one to succeed
  ['init', 1]
] as const) {
  t.test(`a signal while ${mode} still waits for its link`, async t => {
    const lab = await openLab(t, { link: 'none', server: false })
    const before = await snapshot(lab)
    const running = lab.startRouter({ ...env, EGRESS_ROUTER_MODE: mode })
    await running.shows(/macvlan0/)
    exits(t, await running.end(), code, mode)
    t.same(await snapshot(lab), before, 'nothing has changed')
  })
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`process 1 ends at ${signal}`, async t => {
    const lab = await openLab(t)
    const running = lab.startRouter(env, ['run'], ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'])
    await running.shows(/ready/)
    t.match(await lab.ask('client', 'udp', ipv4.pod, 80), { seen: ipv4.source }, 'serving')
    // unshare is what we have started; the router is its only child
    const child = Number(readFileSync(`/proc/${running.pid}/task/${running.pid}/children`, 'utf8'))
    process.kill(child, signal)
    exits(t, await running.finished, 0, signal)
  })
}

t.test('init ends with 0 and what it made goes on working', async t => {
  const lab = await openLab(t)
  exits(t, await lab.router({ ...env, EGRESS_ROUTER_MODE: 'init' }), 0, 'run')
  const answer = await eventually(async () => (await lab.ask('client', 'tcp', ipv4.pod, 80)).seen)
  t.equal(answer, ipv4.source)
})
