// What fails on a real node, one after another, while the traffic of a router that nobody touches goes on. Afterwards everything is as it
// was wanted, and nothing is left of what went.
import t, { type Test } from 'tap'
import { eventually } from '../kit/eventually.ts'
import { Cluster } from './cluster.ts'
import { skip } from './node.ts'
import { policy, unprivileged } from './pods.ts'

/** Datagrams, each sent once, and each of them a connection of its own, until it is stopped; what was not answered by the right source. */
function traffic(cluster: Cluster, address: string, source: string) {
  const lost: string[] = []
  let sent = 0
  let over = false
  const run = async () => {
    while (!over) {
      sent++
      const { seen, error } = await cluster.ask('udp', address, 80, 2000, 1)
      if (seen !== source) lost.push(`datagram ${sent}: ${seen ?? error}`)
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
  const running = run()
  return async () => {
    over = true
    await running
    return { sent, lost }
  }
}

async function withRouter(cluster: Cluster, name: string, source: string): Promise<string> {
  await cluster.create(unprivileged({ name, source }))
  const { status } = await cluster.ready(name)
  if (!(await cluster.phase(name, 'Ready'))) throw new Error(`${name}: ${JSON.stringify(await cluster.status(name))}`)
  return status?.podIP ?? ''
}

/** The routers that there are, by their links and the agent's records, and no more. */
async function hasNothingBut(cluster: Cluster, routers: number): Promise<string | undefined> {
  const wrong = async () => {
    const links = await cluster.node.macvlans()
    const records = cluster.node.records()
    return links.length === routers && records.length === routers ? undefined : `${links.join(', ')}; ${records.join(', ')}`
  }
  await eventually(async () => (await wrong()) === undefined, 30)
  return wrong()
}

/** A cluster with a router that nobody touches and others; traffic goes through that one while something fails, and none of it is lost. */
async function besideTraffic(t: Test, others: Readonly<Record<string, string>>, fail: (cluster: Cluster) => Promise<void>): Promise<void> {
  const cluster = await Cluster.open(t)
  t.after(() => cluster.deletePods('untouched', ...Object.keys(others), 'comes'))
  await cluster.agent.setPolicy(policy)
  const address = await withRouter(cluster, 'untouched', '192.168.12.72')
  for (const [name, source] of Object.entries(others)) await withRouter(cluster, name, source)
  const stop = traffic(cluster, address, '192.168.12.72')
  await fail(cluster)
  const { sent, lost } = await stop()
  t.same(lost, [], `of ${sent} datagrams through the untouched router none was lost`)
  t.notOk(await hasNothingBut(cluster, 2), 'nothing is left of what went')
}

const going = { goes: '192.168.12.73' }

t.test('the agent is killed while pods come and go', { skip }, t =>
  besideTraffic(t, going, async cluster => {
    const pid = await cluster.node.agentPid()
    t.ok(pid, 'the agent runs')
    process.kill(pid as number, 'SIGKILL')
    await cluster.deletePods('goes')
    await cluster.create(unprivileged({ name: 'comes', source: '192.168.12.73' }))
    t.ok(await cluster.phase('comes', 'Ready', 60), 'the one that came is served')
    const { status } = await cluster.ready('comes')
    t.equal((await cluster.ask('tcp', status?.podIP ?? '', 80)).seen, '192.168.12.73')
  })
)

t.test('the API server is killed, and comes back', { skip }, t =>
  besideTraffic(t, going, async cluster => {
    const restart = await cluster.node.kill('kube-apiserver')
    t.not((await cluster.tryKubectl(['get', 'pods', '--request-timeout=2s'])).code, 0, 'it is away')
    await restart()
    t.ok(await eventually(async () => (await cluster.tryKubectl(['get', '--raw', '/readyz'])).code === 0, 60), 'it is back')
    await cluster.deletePods('goes')
    await cluster.create(unprivileged({ name: 'comes', source: '192.168.12.74' }))
    t.ok(await cluster.phase('comes', 'Ready', 60), 'what comes now is served')
  })
)

t.test('containerd is killed, and comes back', { skip }, t =>
  besideTraffic(t, {}, async cluster => {
    const restart = await cluster.node.kill('containerd')
    await cluster.create(unprivileged({ name: 'comes', source: '192.168.12.73' }))
    await restart()
    t.ok(await cluster.phase('comes', 'Ready', 90), 'what came meanwhile is served')
  })
)

t.test('the node is rebooted: every process and namespace is gone', { skip }, async t => {
  const cluster = await Cluster.open(t)
  t.after(() => cluster.deletePods('first', 'second'))
  await cluster.agent.setPolicy(policy)
  await withRouter(cluster, 'first', '192.168.12.72')
  await withRouter(cluster, 'second', '192.168.12.73')
  const start = await cluster.node.powerCut()
  await start()
  for (const [name, source] of [
    ['first', '192.168.12.72'],
    ['second', '192.168.12.73']
  ] as const) {
    const served = await eventually(async () => {
      const { status } = await cluster.read([`pod/${name}`])
      await cluster.moveClient().catch(() => {})
      return (await cluster.ask('tcp', status?.podIP ?? '', 80, 1000).catch(() => ({ seen: undefined }))).seen === source
    }, 120)
    t.ok(served, `${name} is served again`)
    t.ok(await cluster.phase(name, 'Ready', 60), 'and says so')
  }
  t.notOk(await hasNothingBut(cluster, 2), 'nothing is left of the time before')
})
