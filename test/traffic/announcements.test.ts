// The LAN is told who holds the address before the agent of an init container is gone: both forms of gratuitous ARP, unsolicited advertisements.
import t from 'tap'
import { environment, ipv4, ipv6 } from '../kit/documentation.ts'
import { eventually } from '../kit/eventually.ts'
import type { Frame } from '../kit/frame.ts'
import { openLab } from '../kit/laboratory.ts'
import { exits } from '../kit/outcome.ts'

t.test('announcements', async t => {
  const lab = await openLab(t)
  const mac = await lab.mac('router', 'macvlan0')
  // the gateway remembers an earlier holder and would go on sending there
  const stale = ['lladdr', '02:00:00:00:00:66', 'dev', 'lan', 'nud', 'stale']
  await lab.must('gateway', ['ip', 'neigh', 'replace', ipv4.source, ...stale])
  await lab.must('gateway', ['ip', 'neigh', 'replace', ipv6.source, ...stale])
  const capture = await lab.capture('p-node')
  exits(t, await lab.router(environment(['ipv4', 'ipv6'])), 0, 'run')
  t.match(await lab.must('gateway', ['ip', 'neigh', 'show', ipv4.source]), mac, "the gateway's entry is the macvlan's, before any traffic")
  t.match(await lab.must('gateway', ['ip', 'neigh', 'show', ipv6.source]), mac, 'for IPv6 too')
  const frames = (await capture.finish()).filter(f => f.from === mac)
  for (const operation of [1, 2]) {
    const forms = frames.filter(
      f => f.kind === 'arp' && f.operation === operation && f.source === ipv4.source && f.destination === ipv4.source
    )
    t.ok(forms.length > 0, `gratuitous ARP, operation ${operation}`)
    t.ok(
      forms.every(f => f.to === 'ff:ff:ff:ff:ff:ff'),
      'to everybody'
    )
  }
  const advertisements = frames.filter(f => f.kind === 'ipv6' && f.icmp === 136 && f.destination === 'ff02::1')
  t.ok(advertisements.length > 0, 'neighbour advertisements to all nodes')
  const override = advertisements.filter(f => ((f.bytes[58] ?? 0) & 0x60) === 0x20)
  t.ok(override.length > 0, 'unsolicited, with the override flag')
})

t.test('a router that stays repeats its announcements after it is ready, and again when the carrier returns', async t => {
  const lab = await openLab(t, { server: false })
  const mac = await lab.mac('router', 'macvlan0')
  const capture = await lab.capture('p-node')
  const running = lab.startRouter(environment(['ipv4', 'ipv6'], { EGRESS_ROUTER_MODE: 'legacy', EGRESS_CONFLICT_PROBE: 'off' }))
  await running.shows(/"ready"/)
  const forms: Readonly<Record<string, (f: Frame) => boolean>> = {
    request: f => f.kind === 'arp' && f.operation === 1 && f.source === ipv4.source && f.destination === ipv4.source,
    reply: f => f.kind === 'arp' && f.operation === 2 && f.source === ipv4.source && f.destination === ipv4.source,
    advertisement: f => f.kind === 'ipv6' && f.icmp === 136 && f.source === ipv6.source && f.destination === 'ff02::1'
  }
  const count = (is: (f: Frame) => boolean) => capture.frames.filter(f => f.from === mac && is(f)).length
  const soon = new Map(Object.entries(forms).map(([name, is]) => [name, count(is)]))
  for (const [name, is] of Object.entries(forms)) {
    t.ok(await eventually(async () => count(is) >= 3 + (soon.get(name) ?? 0)), `${name}: three more, ready was not delayed for them`)
  }
  await lab.must('lan', ['ip', 'link', 'set', 'p-node', 'down'])
  await running.shows(/no carrier/)
  const away = new Map(Object.entries(forms).map(([name, is]) => [name, count(is)]))
  await lab.must('lan', ['ip', 'link', 'set', 'p-node', 'up'])
  for (const [name, is] of Object.entries(forms)) {
    t.ok(await eventually(async () => count(is) >= 3 + (away.get(name) ?? 0)), `${name}: again after the carrier was away`)
  }
  exits(t, await running.end(), 0, 'SIGTERM')
})
