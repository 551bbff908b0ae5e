// Trouble with the link: every kind has a clear line of its own.
import t from 'tap'
import { environment, ipv4 } from '../kit/documentation.ts'
import { openLab } from '../kit/laboratory.ts'
import { refuses } from '../kit/outcome.ts'
import { snapshot } from '../kit/snapshot.ts'

const env = environment(['ipv4'], { EGRESS_LINK_TIMEOUT: '1' })

t.test('the link never appears', async t => {
  const lab = await openLab(t, { link: 'none', server: false })
  const before = await snapshot(lab)
  refuses(t, await lab.router(env), 1, 'run', /macvlan0/, /EGRESS_LINK_TIMEOUT|appear|exist|not there|no link/i)
  t.same(await snapshot(lab), before, 'nothing has changed')
})

t.test('the parent is down', async t => {
  const lab = await openLab(t, { server: false })
  await lab.must('node', ['ip', 'link', 'set', 'up0', 'down'])
  const before = await snapshot(lab)
  refuses(t, await lab.router(env), 1, 'run', /macvlan0/, /parent|carrier/i)
  t.same(await snapshot(lab), before, 'nothing is half-made')
})

t.test('the parent has no carrier', async t => {
  const lab = await openLab(t, { server: false })
  await lab.must('lan', ['ip', 'link', 'set', 'p-node', 'down'])
  const before = await snapshot(lab)
  refuses(t, await lab.router(env), 1, 'run', /macvlan0/, /carrier/i)
  t.same(await snapshot(lab), before, 'nothing is half-made')
})

t.test('an MTU above the parent’s', async t => {
  for (const link of ['down', 'parent'] as const) {
    const lab = await openLab(t, { link, server: false })
    const before = await snapshot(lab)
    const own = link === 'parent' ? { EGRESS_PARENT: 'parent0' } : {}
    refuses(t, await lab.router({ ...env, ...own, EGRESS_MTU: '9000' }), 1, link, /macvlan0/, /MTU of 9000/, /parent/, /EGRESS_MTU/)
    t.same(await snapshot(lab), before, 'nothing has changed')
  }
})

t.test('the gateway does not answer', async t => {
  const lab = await openLab(t, { server: false })
  await lab.must('gateway', ['ip', 'addr', 'del', `${ipv4.gateway}/24`, 'dev', 'lan'])
  const { stderr } = await lab.router(env)
  t.match(stderr, new RegExp(`(?=.*${ipv4.gateway.replaceAll('.', '\\.')})(?=.*(answer|reach|repl))`, 'i'), 'the gateway is named')
})

t.test('the cluster link is missing', async t => {
  const lab = await openLab(t, { server: false })
  const before = await snapshot(lab)
  const finished = await lab.router({ ...env, EGRESS_CLUSTER_INTERFACE: 'eth7' })
  t.ok(finished.code, 'a failure', { finished })
  t.match(finished.stderr, /eth7/, 'it is named')
  t.same(await snapshot(lab), before, 'nothing has changed')
})
