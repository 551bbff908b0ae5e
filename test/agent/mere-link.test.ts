// A link without a router, whose addresses are the pod's own affair: it is there as long as the pod is.
import t from 'tap'
import { chained } from '../cni/runtime.ts'
import { environment, ipv4 } from '../kit/documentation.ts'
import { eventually } from '../kit/eventually.ts'
import { openLab } from '../kit/laboratory.ts'
import { openStage } from '../router/stage.ts'
import { openNode } from './node.ts'

const asking = (parent: string) => chained({ 'pod.network.openshift.io/assign-macvlan': parent })

t.test('made anew when it was deleted, or lost with its parent', async t => {
  const stage = openStage(t)
  const node = openNode(t, stage.node)
  const pod = stage.pods[0] as string
  const addParent = () => {
    stage.ip(stage.node, 'link', 'add', 'up1', 'type', 'veth', 'peer', 'name', 'end1')
    for (const link of ['up1', 'end1']) stage.ip(stage.node, 'link', 'set', link, 'up')
  }
  const link = () => stage.ip(pod, '-d', 'link', 'show')
  const call = (command: string) => node.call(command, asking('up1'), { namespace: `/run/netns/${pod}`, interface: 'eth0' })
  const backs = (what: string) => eventually(async () => / macvlan0@.*macvlan mode private/s.test(link())).then(is => t.ok(is, what))
  addParent()
  const first = await node.start()
  t.match(await call('ADD'), { code: 0 })
  t.match(link(), /macvlan0@.*DOWN.*macvlan mode private/s)

  stage.ip(pod, 'link', 'set', 'macvlan0', 'mtu', '1400')
  stage.ip(pod, 'link', 'set', 'macvlan0', 'up')
  stage.ip(pod, 'addr', 'add', '192.168.12.99/24', 'dev', 'macvlan0')
  t.match(await call('CHECK'), { code: 0 })
  t.notMatch(first.output(), /"msg":"repaired"/, 'what the pod makes of it stays')

  for (const time of ['once', 'twice']) {
    stage.ip(pod, 'link', 'del', 'macvlan0')
    await backs(`deleted ${time}`)
  }
  stage.ip(stage.node, 'link', 'del', 'up1')
  t.ok(
    await eventually(async () => /parent link 'up1' does not exist/.test(first.output())),
    'without its parent it cannot be, and that is told'
  )
  t.match(await call('CHECK'), { code: 1, json: { code: 103 } })
  addParent()
  await backs('with its parent it comes back')

  await first.end('SIGKILL')
  stage.ip(pod, 'link', 'del', 'macvlan0')
  const second = await node.start()
  await backs('deleted while no agent was there')
  stage.ip(pod, 'link', 'del', 'macvlan0')
  await backs('and looked after again')
  t.match(await call('CHECK'), { code: 0 })

  process.kill(second.pid, 'SIGSTOP')
  stage.ip(pod, 'link', 'del', 'macvlan0')
  stage.ip(pod, 'link', 'add', 'macvlan0', 'type', 'bridge')
  process.kill(second.pid, 'SIGCONT')
  t.ok(await eventually(async () => /has a link macvlan0 already, and it is not ours/.test(second.output())), 'the name is taken')
  t.match(link(), /macvlan0.*\n.*\n? +bridge /, "somebody else's link stays")
  stage.ip(pod, 'link', 'del', 'macvlan0')
  await backs('until the name is free')

  t.match(await call('DEL'), { code: 0 })
  t.notMatch(link(), /macvlan0/)
  await new Promise(resolve => setTimeout(resolve, 1500))
  t.notMatch(link(), /macvlan0/, 'what was taken away stays away')
})

t.test('a router in the pod goes on when its link is made anew', async t => {
  const lab = await openLab(t, { link: 'none' })
  const node = openNode(t, lab.name('node'))
  await node.start()
  const config = asking('up0')
  t.match(await node.call('ADD', config, { namespace: `/run/netns/${lab.name('router')}`, interface: 'eth0' }), { code: 0 })
  const running = lab.startRouter(environment(['ipv4'], { EGRESS_ROUTER_MODE: 'legacy', EGRESS_CONFLICT_PROBE: 'off' }))
  await running.shows(/"msg":"ready"/)
  const ask = () => lab.ask('client', 'tcp', ipv4.pod, 80, { patience: 1000 })
  t.match(await ask(), { seen: ipv4.source })
  for (const time of ['once', 'twice']) {
    await lab.must('router', ['ip', 'link', 'del', 'macvlan0'])
    t.ok(await eventually(async () => (await ask()).seen === ipv4.source), time)
  }
})
