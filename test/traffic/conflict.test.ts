// Somebody else on the LAN holds the address: refused, with the holder's hardware address, and nothing is configured.
import t from 'tap'
import { environment, type FamilyName, values } from '../kit/documentation.ts'
import { eventually } from '../kit/eventually.ts'
import { openLab } from '../kit/laboratory.ts'
import { exits, refuses } from '../kit/outcome.ts'
import { snapshot } from '../kit/snapshot.ts'

const cases: readonly { held: FamilyName; configured: readonly FamilyName[] }[] = [
  { held: 'ipv4', configured: ['ipv4'] },
  { held: 'ipv6', configured: ['ipv6'] },
  { held: 'ipv6', configured: ['ipv4', 'ipv6'] }
]

for (const { held, configured } of cases) {
  t.test(`${held} is held, ${configured.join(' and ')} configured`, async t => {
    const lab = await openLab(t)
    const { source, sourcePrefix, pod } = values[held]
    const nodad = held === 'ipv6' ? ['nodad'] : []
    await lab.must('holder', ['ip', 'addr', 'add', sourcePrefix, 'dev', 'lan', ...nodad])
    const before = await snapshot(lab)
    const finished = await lab.router(environment(configured))
    refuses(t, finished, 1, 'run', new RegExp(source), new RegExp(await lab.mac('holder', 'lan'), 'i'))
    t.same(await snapshot(lab), before, 'nothing is configured')

    await lab.must('holder', ['ip', 'addr', 'del', sourcePrefix, 'dev', 'lan'])
    exits(t, await lab.router(environment(configured)), 0, 'when the holder has left')
    t.match(await lab.ask('client', 'tcp', pod, 80), { seen: source })
  })
}

t.test('a holder that comes later is named, and neighbours find back', async t => {
  const lab = await openLab(t)
  const { source, sourcePrefix, pod } = values.ipv4
  const running = lab.startRouter(environment(['ipv4'], { EGRESS_ROUTER_MODE: 'legacy' }))
  await running.shows(/ready/)
  t.match(await lab.ask('client', 'tcp', pod, 80), { seen: source })
  const mac = await lab.mac('router', 'macvlan0')
  await lab.must('holder', ['ip', 'addr', 'add', sourcePrefix, 'dev', 'lan'])
  await lab.run('holder', ['arping', '-U', '-c', '1', '-I', 'lan', source])
  await running.shows(new RegExp(`${source} is also used on the LAN by ${await lab.mac('holder', 'lan')}`))
  await lab.must('holder', ['ip', 'addr', 'del', sourcePrefix, 'dev', 'lan'])
  const entry = () => lab.must('gateway', ['ip', 'neigh', 'show', source])
  t.ok(await eventually(async () => (await entry()).includes(mac)), 'the gateway has our entry', { entry: await entry() })
  t.match(await lab.ask('client', 'tcp', pod, 80), { seen: source }, 'and serves')
  exits(t, await running.end(), 0, 'SIGTERM')
})

t.test('the probe can be switched off', async t => {
  const lab = await openLab(t, { server: false })
  await lab.must('holder', ['ip', 'addr', 'add', values.ipv4.sourcePrefix, 'dev', 'lan'])
  exits(t, await lab.router(environment(['ipv4'], { EGRESS_CONFLICT_PROBE: 'off' })), 0, 'run')
})

t.test('a router that is set up does not take itself for another holder', async t => {
  const lab = await openLab(t, { server: false })
  const env = environment(['ipv4', 'ipv6'])
  exits(t, await lab.router(env), 0, 'first run')
  exits(t, await lab.router(env), 0, 'second run')
})
