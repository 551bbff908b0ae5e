// Where the macvlan comes from: made by the router itself on a parent, or made by others while the router waits.
import t from 'tap'
import { environment, values } from '../kit/documentation.ts'
import { eventually } from '../kit/eventually.ts'
import { openLab } from '../kit/laboratory.ts'
import { exits, refuses } from '../kit/outcome.ts'
import { snapshot } from '../kit/snapshot.ts'
import { macvlan } from '../kit/wiring.ts'

const env = environment(['ipv4', 'ipv6'])

for (const mode of ['private', 'bridge']) {
  t.test(`on a parent of its own, mode ${mode}`, async t => {
    const lab = await openLab(t, { link: 'parent' })
    const before = await snapshot(lab)
    const own = { ...env, EGRESS_PARENT: 'parent0', EGRESS_MACVLAN_MODE: mode }
    exits(t, await lab.router(own), 0, 'run')
    const made = await lab.must('router', ['ip', '-d', 'link', 'show', 'macvlan0'])
    t.match(made, `macvlan mode ${mode}`)
    t.match(made, 'macvlan0@parent0')
    for (const { pod, source } of Object.values(values)) t.match(await lab.ask('client', 'tcp', pod, 80), { seen: source }, pod)
    exits(t, await lab.router(own), 0, 'a second run')
    exits(t, await lab.router(own, ['clean']), 0, 'clean')
    t.same(await snapshot(lab), before, 'clean takes away the link that the router has made')
  })
}

t.test('a parent that does not exist is named', async t => {
  const lab = await openLab(t, { link: 'none', server: false })
  const before = await snapshot(lab)
  refuses(t, await lab.router({ ...env, EGRESS_PARENT: 'parent7', EGRESS_LINK_TIMEOUT: '1' }), 1, 'run', /parent7/)
  t.same(await snapshot(lab), before, 'nothing has changed')
})

t.test('the link appears later', async t => {
  const lab = await openLab(t, { link: 'none' })
  const running = lab.startRouter(env)
  await running.shows(/macvlan0/)
  await lab.must('node', ['ip', ...macvlan(lab.name('router'), 'private').split(' ')])
  exits(t, await running.finished, 0, 'run')
  for (const { pod, source } of Object.values(values)) t.match(await lab.ask('client', 'tcp', pod, 80), { seen: source }, pod)
})

t.test('the carrier appears later', async t => {
  const lab = await openLab(t)
  await lab.must('lan', ['ip', 'link', 'set', 'p-node', 'down'])
  const running = lab.startRouter(env)
  const isUp = async () => (await lab.must('router', ['ip', 'link', 'show', 'up', 'dev', 'macvlan0'])) !== ''
  t.ok(await eventually(isUp), 'the link is up and waits')
  await lab.must('lan', ['ip', 'link', 'set', 'p-node', 'up'])
  exits(t, await running.finished, 0, 'run')
  for (const { pod, source } of Object.values(values)) t.match(await lab.ask('client', 'tcp', pod, 80), { seen: source }, pod)
})
