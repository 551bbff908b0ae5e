// The laboratory itself: with a data path made by hand, what the tests rely on is there; without one, nothing gets through.
import t from 'tap'
import { ipv4, ipv6, podMtu, values } from './documentation.ts'
import { openLab } from './laboratory.ts'
import { handMadeDataPath } from './reference.ts'
import { snapshot, untouchable } from './snapshot.ts'

t.test('without a data path the pod refuses, and no other host answers for it', async t => {
  const lab = await openLab(t)
  for (const address of [ipv4.pod, ipv6.pod]) {
    t.same(await lab.ask('client', 'tcp', address, 80), { error: 'ECONNREFUSED' })
    t.same(await lab.ask('neighbor', 'udp', address, 80), { error: 'ECONNREFUSED' })
  }
  t.match(await lab.ask('node', 'tcp', ipv4.destinations[0], 80), { seen: '192.168.12.5' }, 'the node has its own way to the server')
})

t.test('with a hand-made data path', async t => {
  const lab = await openLab(t)
  const before = await snapshot(lab)
  const capture = await lab.capture('p-node')
  await handMadeDataPath(lab)
  const mac = await lab.mac('router', 'macvlan0')
  for (const { pod, source, destinations } of Object.values(values)) {
    for (const protocol of ['tcp', 'udp'] as const) {
      for (const host of ['client', 'neighbor', 'node'] as const) {
        t.match(
          await lab.ask(host, protocol, pod, 8080),
          { seen: source, at: destinations[0], port: 8080 },
          `${protocol} from ${host} to ${pod}`
        )
      }
    }
    t.match(await lab.ask('client', 'tcp', pod, 443, { up: 200_000, down: 300_000 }), { received: 200_000, downloaded: 300_000 })
    t.match(await lab.ask('client', 'udp', pod, 443, { up: 1300, size: 1450 }), { received: 1300, downloaded: 1450 })
  }
  const frames = await capture.finish()
  const sources = frames.filter(f => f.from === mac && (f.protocol === 6 || f.protocol === 17)).map(f => f.source)
  t.same([...new Set(sources)].sort(), [ipv4.source, ipv6.source])
  t.ok(
    frames.some(f => f.kind === 'arp' && f.source === ipv4.source),
    'ARP is parsed'
  )
  t.same(untouchable(await snapshot(lab)).eth0, untouchable(before).eth0)
  t.match(untouchable(before).eth0, [{ mtu: podMtu }])
  t.ok(untouchable(before).nftables.length > 3, 'the foreign table is there')
})

t.test('the parent wire', async t => {
  const lab = await openLab(t, { link: 'parent', server: false })
  t.match(await lab.must('router', ['ip', '-br', 'link', 'show', 'parent0']), /UP/)
  t.not((await lab.run('router', ['ip', 'link', 'show', 'macvlan0'])).code, 0)
})
