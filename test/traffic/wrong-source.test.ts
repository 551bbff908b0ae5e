// Nothing ever leaves the macvlan with an address other than the reserved one: while the router is set up, set up again, taken down,
// killed at any moment and started again, under traffic that never stops.
import t from 'tap'
import { environment, ipv4, ipv6 } from '../kit/documentation.ts'
import { openLab } from '../kit/laboratory.ts'
import { exits } from '../kit/outcome.ts'
import { wrongSources } from '../kit/right-source.ts'

const env = environment(['ipv4', 'ipv6'])
const seconds = 10

t.test('no frame with another source', async t => {
  const lab = await openLab(t)
  const mac = await lab.mac('router', 'macvlan0')
  const capture = await lab.capture('p-node')
  const flows = (['client', 'neighbor', 'node'] as const).flatMap(host =>
    [ipv4.pod, ipv6.pod].map(pod => lab.ask(host, 'flow', pod, 443, { patience: seconds * 1000 }))
  )
  const until = Date.now() + seconds * 1000
  const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
  const killed = async (mode: string, ms: number) => {
    const running = lab.startRouter({ ...env, EGRESS_ROUTER_MODE: mode })
    await pause(ms)
    await running.end('SIGKILL')
  }

  exits(t, await lab.router(env), 0, 'first run')
  exits(t, await lab.router(env), 0, 'second run')
  exits(t, await lab.router({}, ['clean']), 0, 'clean')
  // from here on any half of a set-up and of a clean, each over what the one before has left
  let rounds = 0
  while (Date.now() < until - 2500) {
    const ms = Math.round(Math.random() * 400)
    t.comment(`round ${++rounds}: killed after ${ms} ms`)
    await killed(rounds % 2 ? 'init' : 'legacy', ms)
    if (rounds % 3 === 0) {
      const cleaning = lab.startRouter({}, ['clean'])
      await pause(Math.round(Math.random() * 150))
      await cleaning.end('SIGKILL')
    }
  }
  exits(t, await lab.router(env), 0, 'the last run')
  for (const { pod, source } of [ipv4, ipv6]) t.match(await lab.ask('client', 'tcp', pod, 80), { seen: source }, `${pod} is served`)

  const replies = await Promise.all(flows)
  t.ok(
    replies.every(r => (r.received ?? 0) > 0),
    'each flow was answered at some time',
    { replies }
  )
  const frames = await capture.finish()
  for (const { source } of [ipv4, ipv6]) {
    t.ok(frames.filter(f => f.from === mac && f.source === source).length > 100, `the capture holds traffic of ${source}`)
  }
  t.same(wrongSources(frames, mac), [], 'no other source')
})
