// What a pod may not have, or cannot get: each is told by a clear Event and the status, and nothing half-made is left.
import t from 'tap'
import { Cluster } from './cluster.ts'
import { skip } from './node.ts'
import { policy, unprivileged } from './pods.ts'

const macvlan = 'pod.network.openshift.io/assign-macvlan'
const router = (source: string, more: Readonly<Record<string, string>> = {}) => ({
  'egress-router.io/source': source,
  'egress-router.io/gateway': '192.168.12.1',
  'egress-router.io/destination': '203.0.113.25',
  ...more
})

interface Case {
  readonly what: string
  readonly annotations: Readonly<Record<string, string>>
  readonly privileged?: boolean
  readonly namespace?: string
  readonly phase: 'Refused' | 'Invalid' | 'Failing'
  readonly message: RegExp
}

const cases: { readonly [name: string]: Case } = {
  unasked: {
    what: 'a pod without privilege asks for a link',
    annotations: { [macvlan]: 'true' },
    phase: 'Refused',
    message: /the policy grants this namespace router, not a link/
  },
  foreign: {
    what: "a source out of another namespace's range",
    annotations: router('192.168.12.10/24'),
    phase: 'Refused',
    message:
      /egress-router\.io\/source: the policy does not grant this namespace 192\.168\.12\.10, only addresses out of 192\.168\.12\.64\/26/
  },
  named: {
    what: 'a parent by name that the policy does not grant',
    annotations: router('192.168.12.80/24', { [macvlan]: 'up0' }),
    phase: 'Refused',
    message: /does not grant this namespace the parent 'up0'/
  },
  nonsense: {
    what: 'annotations that make no sense, every problem at once',
    annotations: router('999.1.1.1', { 'egress-router.io/gateway': '::zz', 'egress-router.io/destination': '99999 tcp 1.2.3.4' }),
    phase: 'Invalid',
    message: /egress-router\.io\/source: .*999[\s\S]*egress-router\.io\/gateway: .*[\s\S]*egress-router\.io\/destination line 1: .*99999/
  },
  missing: {
    what: 'a router without its gateway',
    annotations: { 'egress-router.io/source': '192.168.12.81/24', 'egress-router.io/destination': '203.0.113.25' },
    phase: 'Invalid',
    message: /egress-router\.io\/gateway: is missing/
  },
  control: {
    what: 'control characters in the name of a parent',
    annotations: { [macvlan]: 'up0\u0007\n' },
    privileged: true,
    phase: 'Invalid',
    message: /assign-macvlan.*'up0\\u0007\\n' is not the name of a link/
  },
  huge: {
    what: 'a name of two hundred thousand characters',
    annotations: { [macvlan]: 'x'.repeat(200_000) },
    privileged: true,
    phase: 'Invalid',
    message: /it has 200000 bytes/
  },
  absent: {
    what: 'a parent that the node does not have',
    annotations: { [macvlan]: 'nosuch0' },
    privileged: true,
    phase: 'Failing',
    message: /assign-macvlan: 'nosuch0' is neither 'true' nor the name of a link of this node, which has .*up0/
  },
  node: {
    what: "the node's own address",
    annotations: router('198.18.1.5/24', { 'egress-router.io/gateway': '198.18.1.1' }),
    privileged: true,
    phase: 'Failing',
    message: /^address 198\.18\.1\.5 is the node's own, on its link up0/
  },
  mistakes: {
    what: 'a destination of forty thousand mistakes',
    annotations: router('192.168.12.83/24', { 'egress-router.io/destination': 'x y z\n'.repeat(40_000) }),
    phase: 'Invalid',
    message: /^egress-router\.io\/destination line 1: /
  },
  loopback: {
    what: 'the loopback as parent',
    annotations: { [macvlan]: 'lo' },
    privileged: true,
    phase: 'Failing',
    message: /'lo' is the loopback link/
  },
  port: {
    what: 'a parent that is a port of a bridge',
    annotations: { [macvlan]: 'vc' },
    privileged: true,
    phase: 'Failing',
    message: /^ip link add link vc name macvlan0 netns POD .*vc is a port of a bridge/
  },
  both: {
    what: 'false and a router at once',
    annotations: router('192.168.12.82/24', { [macvlan]: 'false' }),
    phase: 'Invalid',
    message: /'false' says that the pod gets no link/
  }
}

for (const form of ['kustomize', 'kustomize-watch'])
  t.test(`each with an Event that says why, by deploy/${form}`, { skip }, async t => {
    const cluster = await Cluster.open(t, form)
    t.after(() => cluster.deletePods(...Object.keys(cases)))
    await cluster.agent.setPolicy(policy)
    const before = { links: await cluster.node.macvlans(), records: cluster.node.records() }
    for (const [name, { annotations, privileged }] of Object.entries(cases)) {
      await cluster.create(unprivileged({ name, annotations, ...(privileged && { privileged }) }))
    }
    for (const [name, { what, phase, message }] of Object.entries(cases)) {
      t.ok(await cluster.phase(name, phase), `${what}: ${phase}`)
      const events = await cluster.events(name)
      t.ok(events.length === 1 && message.test(events[0]?.message ?? ''), `${what}: ${events.map(event => event.message).join(' | ')}`)
    }
    t.same({ links: await cluster.node.macvlans(), records: cluster.node.records() }, before, 'nothing half-made')
  })

t.test('a source that a neighbour on the node has', { skip }, async t => {
  const cluster = await Cluster.open(t)
  t.after(() => cluster.deletePods('holder', 'latecomer'))
  await cluster.agent.setPolicy(policy)
  await cluster.create(unprivileged({ name: 'holder', source: '192.168.12.90' }))
  t.ok(await cluster.phase('holder', 'Ready'))
  await cluster.create(unprivileged({ name: 'latecomer', source: '192.168.12.90' }))
  t.ok(await cluster.phase('latecomer', 'Failing'))
  t.match((await cluster.status('latecomer')).message, /192\.168\.12\.90 belongs to another pod of this node/)
  await cluster.deletePods('holder')
  t.ok(await cluster.phase('latecomer', 'Ready'), 'it gets the address when the other one is gone')
})

t.test('a parent that disappears, and comes back', { skip }, async t => {
  const cluster = await Cluster.open(t)
  t.after(() => cluster.deletePods('parted'))
  const node = async (...argv: string[]) => cluster.node.processes.must(cluster.node.in('node', ['ip', ...argv]))
  t.after(async () => cluster.node.processes.run(cluster.node.in('node', ['ip', 'link', 'del', 'extra0'])))
  await node('link', 'add', 'extra0', 'type', 'veth', 'peer', 'name', 'extra1')
  await node('link', 'set', 'extra0', 'up')
  await cluster.create(unprivileged({ name: 'parted', annotations: { [macvlan]: 'extra0' }, privileged: true }))
  t.ok(await cluster.phase('parted', 'Ready'))
  await node('link', 'del', 'extra0')
  t.ok(await cluster.phase('parted', 'Failing'), 'the pod says so')
  t.match((await cluster.status('parted')).message, /'extra0' (does not exist|is neither 'true' nor the name of a link)/)
  await node('link', 'add', 'extra0', 'type', 'veth', 'peer', 'name', 'extra1')
  t.ok(await cluster.phase('parted', 'Ready'), 'and gets its link again')
  const links = await cluster.node.macvlans()
  t.ok(links.length > 0, links.join(', '))
})

t.test('a policy that changes takes away what it does not grant any more', { skip }, async t => {
  const cluster = await Cluster.open(t)
  t.after(() => cluster.deletePods('revoked'))
  await cluster.agent.setPolicy(policy)
  await cluster.create(unprivileged({ name: 'revoked', source: '192.168.12.91' }))
  t.ok(await cluster.phase('revoked', 'Ready'))
  const links = await cluster.node.macvlans()
  await cluster.agent.setPolicy('rules: []\n')
  t.ok(await cluster.phase('revoked', 'Refused'))
  t.equal((await cluster.node.macvlans()).length, links.length - 1, 'its link is gone')
})
