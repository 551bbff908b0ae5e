// SCTP by rule: to the same port and to another. The fallback is for TCP and UDP only, as the documentation promises.
import t from 'tap'
import { environment, ipv4 } from '../kit/documentation.ts'
import { openLab } from '../kit/laboratory.ts'
import { exits } from '../kit/outcome.ts'
import { root } from '../kit/process.ts'

const [a, b, c] = ipv4.destinations
const sctp = 132

t.test('SCTP', async t => {
  const lab = await openLab(t)
  const env = environment(['ipv4'], { EGRESS_DESTINATION: `80 sctp ${a}\n8080 sctp ${b} 90\n${c}`, EGRESS_CONFLICT_PROBE: 'off' })
  exits(t, await lab.router(env), 0, 'run')
  t.match(await lab.ask('client', 'tcp', ipv4.pod, 80), { seen: ipv4.source, at: c }, 'the same number by TCP is the fallback')
  const capture = await lab.capture('p-node')
  for (const port of ['443', '80', '8080']) await lab.must('client', ['node', `${root}test/kit/sctp.ts`, ipv4.pod, port])
  const arrived = (destination: string, port: number) =>
    capture.sees(f => f.protocol === sctp && f.source === ipv4.source && f.destination === destination && f.bytes.readUInt16BE(36) === port)
  t.ok(await arrived(a, 80), 'to the same port')
  t.ok(await arrived(b, 90), 'to another port')
  const frames = await capture.finish()
  t.same(
    [...new Set(frames.filter(f => f.protocol === sctp && f.source === ipv4.source).map(f => f.destination))],
    [a, b],
    'nothing by the fallback'
  )
})
