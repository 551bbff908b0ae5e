// The LAN cannot use the router as a way in: neither to the pods behind it nor to anything in the pod itself. And the pod network
// cannot use it as a plain router: only redirected connections go out.
import t from 'tap'
import { environment, type FamilyName, values } from '../kit/documentation.ts'
import { describe } from '../kit/frame.ts'
import { openLab } from '../kit/laboratory.ts'
import { exits } from '../kit/outcome.ts'

const pods: Record<FamilyName, string> = { ipv4: '10.128.0.0/15', ipv6: 'fd00:128::/31' }
const families = ['ipv4', 'ipv6'] as const

t.test('from the LAN', async t => {
  const lab = await openLab(t)
  await lab.serve('neighbor', [values.ipv4.neighbor, values.ipv6.neighbor], [8443])
  // a careless program of the pod, listening everywhere
  await lab.serve('router', ['::'], [8443])
  exits(t, await lab.router(environment(families, { EGRESS_CONFLICT_PROBE: 'off' })), 0, 'run')
  for (const family of families) {
    const { pod, source } = values[family]
    t.match(await lab.ask('client', 'tcp', pod, 80), { seen: source }, 'the router works')
    await lab.must('holder', ['ip', 'route', 'add', pods[family], 'via', source])
  }
  const [inside, outside] = await Promise.all([lab.capture('eth0'), lab.capture('p-node')])
  const mac = await lab.mac('router', 'macvlan0')
  const questions = families.flatMap(family => {
    const { neighbor, client, pod, source } = values[family]
    return [neighbor, client, pod, source].flatMap(address =>
      (['tcp', 'udp'] as const).map(async protocol => {
        t.same(await lab.ask('holder', protocol, address, 8443, { patience: 1000 }), { error: 'ETIMEDOUT' }, `${protocol} to ${address}`)
      })
    )
  })
  await Promise.all(questions)
  const [onPodSide, onLan] = await Promise.all([inside.finish(), outside.finish()])
  const holders = new Set<string>([values.ipv4.holder, values.ipv6.holder])
  t.ok(onLan.filter(f => f.to === mac && holders.has(f.source) && f.protocol !== 58).length >= 16, 'the attempts did arrive')
  t.same(onPodSide.filter(f => holders.has(f.source)).map(describe), [], 'none comes out on the pod side')
  t.same(
    onLan.filter(f => f.from === mac && holders.has(f.destination) && f.kind !== 'arp' && f.icmp !== 135 && f.icmp !== 136).map(describe),
    [],
    'none is answered'
  )
})

t.test('from the pod network', async t => {
  const lab = await openLab(t)
  exits(t, await lab.router(environment(families, { EGRESS_CONFLICT_PROBE: 'off' })), 0, 'run')
  const capture = await lab.capture('p-node')
  for (const family of families) {
    const { pod, source, destinations } = values[family]
    await lab.must('neighbor', ['ip', 'route', 'add', destinations[0], 'via', pod])
    t.match(await lab.ask('neighbor', 'tcp', pod, 80), { seen: source }, 'the redirect works')
    const answers = await Promise.all(
      (['tcp', 'udp'] as const).map(protocol => lab.ask('neighbor', protocol, destinations[0], 443, { patience: 1000 }))
    )
    t.same(
      answers.map(a => a.seen),
      [undefined, undefined],
      `${family}: not a way out for what is not redirected`
    )
  }
  const mac = await lab.mac('router', 'macvlan0')
  const sources = new Set((await capture.finish()).filter(f => f.from === mac).map(f => f.source))
  t.notOk(sources.has(values.ipv4.neighbor) || sources.has(values.ipv6.neighbor), 'no such packet on the LAN')
})
