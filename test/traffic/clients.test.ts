// Clients of every place are served: another subnet behind the node, the pod's own subnet, the node itself.
// Replies must find the way back to each of them although the pod knows no other way than its default route.
import t from 'tap'
import { environment, values } from '../kit/documentation.ts'
import { openLab } from '../kit/laboratory.ts'
import { exits } from '../kit/outcome.ts'

t.test('clients', async t => {
  const lab = await openLab(t)
  exits(t, await lab.router(environment(['ipv4', 'ipv6'], { EGRESS_CONFLICT_PROBE: 'off' })), 0, 'run')
  for (const { pod, source, destinations } of Object.values(values)) {
    for (const host of ['client', 'neighbor', 'node'] as const) {
      const seen = { seen: source, at: destinations[0], port: 443 }
      t.match(await lab.ask(host, 'tcp', pod, 443, { up: 50_000, down: 50_000 }), { ...seen, received: 50_000, downloaded: 50_000 }, host)
      t.match(await lab.ask(host, 'udp', pod, 443), seen, host)
    }
  }
})

t.test('many connections at once, all hosts together', async t => {
  const lab = await openLab(t)
  exits(t, await lab.router(environment(['ipv4', 'ipv6'], { EGRESS_CONFLICT_PROBE: 'off' })), 0, 'run')
  for (const { pod, source } of Object.values(values)) {
    const questions = (['client', 'neighbor', 'node'] as const).flatMap(host =>
      (['tcp', 'udp'] as const).flatMap(protocol => Array.from({ length: 40 }, () => lab.ask(host, protocol, pod, 8080)))
    )
    const answers = await Promise.all(questions)
    t.same(new Set(answers.map(a => a.error ?? a.seen)), new Set([source]), `${questions.length} answers`)
  }
})
