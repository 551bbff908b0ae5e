// The examples of deploy/examples on a real cluster, as they are printed but for the images.
import t from 'tap'
import { eventually } from '../kit/eventually.ts'
import { Cluster } from './cluster.ts'
import { skip } from './node.ts'
import { policy, unprivileged } from './pods.ts'
import { askRedirects } from './questions.ts'

/** With the CNI plugin chained, and without. */
const forms = ['kustomize', 'kustomize-watch'] as const

for (const form of forms)
  t.test(`the documentation's Pod and Service, by deploy/${form}`, { skip }, async t => {
    const cluster = await Cluster.open(t, form)
    t.after(() => cluster.deletePods('egress-1'))
    await cluster.applyExample('documentation.yaml')
    const pod = await cluster.ready('egress-1')
    const service = await cluster.serveService('egress-1')
    for (const port of [80, 443]) {
      const { seen, at, port: reached } = await cluster.ask('tcp', service, port)
      t.same({ seen, at, reached }, { seen: '192.168.12.99', at: '203.0.113.25', reached: port }, `TCP port ${port} of the Service`)
    }
    for (const protocol of ['tcp', 'udp'] as const) {
      const { seen, at } = await cluster.ask(protocol, pod.status?.podIP ?? '', 7777)
      t.same({ seen, at }, { seen: '192.168.12.99', at: '203.0.113.25' }, `${protocol} of the pod`)
    }
    t.match(await cluster.status('egress-1'), { phase: 'Ready', link: 'macvlan0', parent: 'up0' }, 'the status is written back')
    const [event] = await cluster.events('egress-1')
    t.match(event, { reason: 'EgressCreated', message: 'macvlan link macvlan0, parent up0', count: 1 }, 'an Event tells of the link')
  })

for (const form of forms)
  t.test(`the unprivileged form, by deploy/${form}`, { skip }, async t => {
    const cluster = await Cluster.open(t, form)
    t.after(() => cluster.deletePods('egress-2'))
    await cluster.agent.setPolicy(policy)
    await cluster.applyExample('unprivileged.yaml')
    const pod = await cluster.ready('egress-2')
    const address = pod.status?.podIP ?? ''
    t.ok(await cluster.phase('egress-2', 'Ready'), 'the router is ready')
    const service = await cluster.serveService('egress-2')
    await askRedirects(t, cluster, { service, pod: address }, '192.168.12.98')
    const [line] = (await cluster.node.processes.must(['pgrep', '-u', '65535'])).split('\n')
    const status = await cluster.node.processes.must(['grep', '-E', '^(CapPrm|CapEff|NoNewPrivs)', `/proc/${line}/status`])
    t.match(status, /CapPrm:\s0+\n[\s\S]*CapEff:\s0+\n[\s\S]*NoNewPrivs:\s1/, 'and its container has no right at all')
  })

t.test('two routers on a node, one of them deleted and made again under its address', { skip }, async t => {
  const cluster = await Cluster.open(t)
  t.after(() => cluster.deletePods('first', 'second', 'again'))
  await cluster.agent.setPolicy(policy)
  await cluster.create(unprivileged({ name: 'first', source: '192.168.12.70' }))
  await cluster.create(unprivileged({ name: 'second', source: '192.168.12.71' }))
  const seenBy = async (name: string) => {
    const { status } = await cluster.ready(name)
    t.ok(await cluster.phase(name, 'Ready'), `${name} is ready`)
    return (await cluster.ask('tcp', status?.podIP ?? '', 80)).seen
  }
  t.equal(await seenBy('first'), '192.168.12.70')
  t.equal(await seenBy('second'), '192.168.12.71')
  const neighbour = async () =>
    /lladdr (\S+)/.exec(await cluster.node.processes.must(cluster.node.in('gw', ['ip', 'neigh', 'show', '192.168.12.70'])))?.[1]
  const before = await neighbour()
  await cluster.deletePods('first')
  await cluster.create(unprivileged({ name: 'again', source: '192.168.12.70' }))
  t.equal(await seenBy('again'), '192.168.12.70', 'the address has moved')
  t.ok(await eventually(async () => (await neighbour()) !== before), 'and the gateway knows its new MAC')
  t.equal(await seenBy('second'), '192.168.12.71', 'the other router is what it was')
})
