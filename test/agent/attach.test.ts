// Attachments through the shim and a real agent: made, made again, compared, repaired, taken away; and nothing left after a failure.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { network } from '../cni/runtime.ts'
import { eventually } from '../kit/eventually.ts'
import { openStage, type Stage } from '../router/stage.ts'
import { type AgentNode, openNode } from './node.ts'

const path = (name: string | undefined) => `/run/netns/${name}`

/** Everything of ours in a pod, as the kernel's own tools tell it. */
async function seen(node: AgentNode, pod: string): Promise<string> {
  // the operational state comes a moment after the link, and so does the end of duplicate address detection
  const script =
    // ip(8) complains of a peer's namespace that goes meanwhile, on the standard error: which tests run beside is not what is seen
    '{ ip -o link show; ip -o addr show; ip rule; ip route show table all; nft list tables; cat /proc/sys/net/ipv4/ip_forward; } | sed "s/ state [A-Z]*//; s/ tentative//"'
  return node.must(pod, 'sh', '-c', script)
}

const records = (node: AgentNode) => readdirSync(join(node.folder, 'attachments'))

async function open(t: Parameters<typeof openStage>[0], pods = 1): Promise<{ stage: Stage; node: AgentNode; pod: string }> {
  const stage = openStage(t, pods)
  const node = openNode(t, stage.node)
  return { stage, node, pod: stage.pods[0] as string }
}

t.test('ADD, again, CHECK, DEL, again, and the pod is as it was', async t => {
  const { node, pod } = await open(t)
  await node.start()
  const before = await seen(node, pod)
  const config = network('192.168.12.99/24')
  const namespace = path(pod)
  const added = await node.call('ADD', config, { namespace })
  t.match(added, { code: 0, json: { cniVersion: '1.0.0', interfaces: [{ name: 'net1', sandbox: namespace }] } })
  t.same(added.json.ips, [{ address: '192.168.12.99/24', gateway: '192.168.12.1', interface: 0 }])
  const made = await seen(node, pod)
  t.match(made, /net1@.*\n.*192\.168\.12\.99\/24.*fwmark 0x1000000.*table inet egress_router/s)
  t.match(made, added.json.interfaces[0].mac, 'the link has the address that was told')
  t.same(await node.call('ADD', config, { namespace }), added, 'again: the same answer')
  t.equal(await seen(node, pod), made, 'and nothing changed')
  t.match(await node.call('CHECK', { ...config, prevResult: added.json }, { namespace }), { code: 0, text: '' })
  t.same(records(node), ['c1%2Fnet1.json'])
  t.match(await node.call('DEL', config, { namespace }), { code: 0, text: '' })
  t.equal(await seen(node, pod), before, 'as it was')
  t.match(await node.call('DEL', config, { namespace }), { code: 0 }, 'again')
  t.match(await node.call('DEL', config), { code: 0 }, 'without a namespace')
  t.match(await node.call('DEL', config, { namespace: '/run/netns/gone' }), { code: 0 }, 'with one that is gone')
  t.same(records(node), [])
})

t.test('every address is on the link, and treated as the first is', async t => {
  const { node, pod, stage } = await open(t)
  await node.start()
  const namespace = path(pod)
  const addresses = ['192.168.12.99/24', 'fd00:12::99/64', '192.168.12.98/24', '10.7.0.9/16', 'fd00:12::98/64']
  const gateway = ['192.168.12.1', 'fd00:12::1']
  const config = network('', { conflictProbe: 'fast', ip: { addresses, gateway, destinations: ['203.0.113.27', '2001:db8:113::27'] } })
  const added = await node.call('ADD', config, { namespace })
  t.match(added, { code: 0 })
  t.same(
    added.json.ips,
    [
      { address: '192.168.12.99/24', gateway: '192.168.12.1', interface: 0 },
      { address: '192.168.12.98/24', gateway: '192.168.12.1', interface: 0 },
      { address: '10.7.0.9/16', interface: 0 },
      { address: 'fd00:12::99/64', gateway: 'fd00:12::1', interface: 0 },
      { address: 'fd00:12::98/64', gateway: 'fd00:12::1', interface: 0 }
    ],
    'told, a gateway where it is on the LAN of the address'
  )
  const held = () => stage.ip(pod, '-o', 'addr', 'show', 'dev', 'net1')
  for (const address of addresses) t.ok(held().includes(` ${address} `), address)
  const check = (change: object = {}) => node.call('CHECK', { ...config, prevResult: added.json, ...change }, { namespace })
  t.match(await check(), { code: 0 })
  const fewer = { ...added.json, ips: added.json.ips.filter(({ address }: { address: string }) => address !== '10.7.0.9/16') }
  t.match((await check({ prevResult: fewer })).json, { code: 101, details: /configuration says 10\.7\.0\.9\/16/ })
  for (const flush of [
    ['addr', 'del', '10.7.0.9/16', 'dev', 'net1'],
    ['addr', 'flush', 'dev', 'net1'],
    ['link', 'del', 'net1']
  ]) {
    stage.ip(pod, ...flush)
    t.equal((await eventually(async () => ((await check()).code === 0 ? 'in sync' : ''))) || 'not repaired', 'in sync', flush.join(' '))
  }
  for (const address of addresses) t.ok(held().includes(` ${address} `), `${address} again`)
  t.match(await node.call('DEL', config, { namespace }), { code: 0 })
  t.notMatch(await seen(node, pod), /net1|4242|egress/, 'all are gone with the link')
  const contested = { ...config, ip: { ...config.ip, addresses: ['192.168.12.99/24', '192.168.12.1/24'], gateway: '192.168.12.2' } }
  const refused = await node.call('ADD', { ...contested, ip: { ...contested.ip, destinations: ['203.0.113.27'] } }, { namespace })
  t.match(refused.json, { code: 102, msg: /192\.168\.12\.1 is in use on the LAN by/ }, 'a further one is probed for, too')
  t.notMatch(await seen(node, pod), /net1|4242|egress/, 'and nothing is left')
})

t.test('DEL works from the container id alone', async t => {
  const { node, pod } = await open(t)
  await node.start()
  const before = await seen(node, pod)
  t.match(await node.call('ADD', network('192.168.12.99/24'), { namespace: path(pod) }), { code: 0 })
  t.match(await node.call('DEL', network('192.168.12.99/24'), { namespace: '' }), { code: 0 })
  t.equal(await seen(node, pod), before)
})

t.test('DEL ends an ADD that is still being done', async t => {
  const { node, pod, stage } = await open(t)
  const agent = await node.start()
  const config = network('192.168.12.99/24', { conflictProbe: 'rfc5227' })
  const begun = () => stage.ip(pod, 'link', 'show').includes('net1')
  for (const namespace of [path(pod), '']) {
    const adding = node.call('ADD', config, { namespace: path(pod) })
    t.ok(await eventually(async () => begun()), 'it has begun')
    t.match(await node.call('DEL', config, { namespace }), { code: 0, text: '' })
    t.notMatch(await seen(node, pod), /net1|4242|egress/, 'nothing is there when DEL is answered')
    const { code, json } = await adding
    t.match({ code, json }, { code: 1, json: { code: 11, msg: /taken away while it was being made/ } }, 'and the ADD is told')
    t.same(records(node), [])
  }
  t.notMatch(agent.output(), /"msg":"attached"/)
  t.match(await node.call('ADD', { ...config, conflictProbe: 'off' }, { namespace: path(pod) }), { code: 0 }, 'it can be had again')
})

t.test('CHECK says what differs, and the agent repairs it', async t => {
  const { node, pod, stage } = await open(t)
  const agent = await node.start()
  const namespace = path(pod)
  const config = network('192.168.12.99/24')
  const prevResult = (await node.call('ADD', config, { namespace })).json
  const check = (change: object = {}) => node.call('CHECK', { ...config, ...change, prevResult }, { namespace })
  // the agent would repair it before anybody could look: it is stopped meanwhile
  process.kill(agent.pid, 'SIGSTOP')
  stage.ip(pod, 'addr', 'del', '192.168.12.99/24', 'dev', 'net1')
  process.kill(agent.pid, 'SIGCONT')
  const torn = await check()
  if (torn.code !== 0) t.match(torn.json, { code: 101, details: /address|route/ }, 'told')
  t.equal((await eventually(async () => ((await check()).code === 0 ? 'in sync' : ''))) || 'not repaired', 'in sync')
  t.match(agent.output(), /"msg":"repaired"/)
  t.match((await check({ interfaceArgs: { master: 'up0', mode: 'vepa' } })).json, {
    code: 101,
    details: /link net1 has mode bridge, not vepa/
  })
  t.match((await check({ interfaceArgs: { master: 'up0', mtu: 1400 } })).json, { code: 101, details: /has MTU 1500, not 1400/ })
  t.match((await check({ ip: { ...config.ip, addresses: ['192.168.12.98/24'] } })).json, { code: 101, details: /192\.168\.12\.98/ })
  t.match((await check({ ip: { ...config.ip, destinations: ['203.0.113.26'] } })).json, { code: 101, details: /table inet egress_router/ })
  t.match(await check(), { code: 0 }, 'a CHECK changes nothing')
  stage.ip(pod, 'link', 'del', 'net1')
  t.equal(
    (await eventually(async () => ((await check()).code === 0 ? 'in sync' : ''))) || 'not repaired',
    'in sync',
    'a link is made again'
  )
})

t.test('a failed ADD leaves nothing', async t => {
  const { node, pod, stage } = await open(t, 2)
  await node.start()
  const namespace = path(pod)
  const before = await seen(node, pod)
  const fails = async (config: object, expected: object, about: string) => {
    const { code, json } = await node.call('ADD', config, { namespace })
    t.match({ code, json }, { code: 1, json: expected }, about)
    t.equal(await seen(node, pod), before, `${about}: as it was`)
    t.same(records(node), [], `${about}: no file`)
  }
  const args = (change: object) => network('192.168.12.99/24', { interfaceArgs: { master: 'up0', ...change } })
  await fails(args({ master: 'nope' }), { code: 103, msg: /nope/, details: /links here: .*up0/ }, 'no parent')
  await fails(
    args({ mtu: 9000 }),
    { code: 103, msg: /MTU of 9000 is above the parent's 1500/, details: 'interfaceArgs.mtu can be at most 1500' },
    'an MTU above the parent'
  )
  stage.ip(stage.node, 'addr', 'add', '192.168.12.99/24', 'dev', 'up0')
  await fails(args({}), { code: 102, msg: /192\.168\.12\.99 is the node's own, on its link up0/ }, 'an address of the node')
  stage.ip(stage.node, 'addr', 'del', '192.168.12.99/24', 'dev', 'up0')
  stage.ip(stage.node, 'addr', 'add', '192.168.12.97/30', 'dev', 'up0')
  await fails(args({}), { code: 102, msg: /192\.168\.12\.99 is the broadcast address of 192\.168\.12\.96\/30/ }, 'a broadcast address')
  stage.ip(stage.node, 'addr', 'del', '192.168.12.97/30', 'dev', 'up0')
  await fails(args({ master: 'lo' }), { code: 103, msg: /'lo' is the loopback link/, details: /on the LAN/ }, 'the loopback link')
  stage.ip(stage.node, 'link', 'add', 'br0', 'type', 'bridge')
  stage.ip(stage.node, 'link', 'set', `vp1`, 'master', 'br0')
  await fails(args({ master: 'vp1' }), { code: 103, msg: /port of a bridge/ }, 'a parent that is a bridge port')
  stage.ip(stage.node, 'link', 'set', 'up0', 'down')
  await fails({ ...args({}), linkTimeout: '500ms' }, { code: 103, msg: /parent link is down|no carrier/ }, 'a parent that is down')
  stage.ip(stage.node, 'link', 'set', 'up0', 'up')
})

t.test("a namespace that is none, or the node's own", async t => {
  const { node, pod, stage } = await open(t)
  await node.start()
  const before = await seen(node, pod)
  const observe = () => stage.ip(stage.node, 'link', 'show')
  const links = observe()
  for (const [namespace, reason] of [
    ['/run/netns/never-made', /cannot be reached: ENOENT/],
    ['/etc/hostname', /is not a network namespace/],
    ['/proc/self/ns/net', /is the network namespace of the node itself/],
    [path(stage.node), /is the network namespace of the node itself/]
  ] as const) {
    const { code, json } = await node.call('ADD', network('192.168.12.99/24'), { namespace })
    t.match({ code, json }, { code: 1, json: { code: 4, msg: reason } }, namespace)
    t.match(json.msg, `CNI_NETNS '${namespace}'`)
  }
  t.equal(observe(), links, 'the node is as it was')
  t.equal(await seen(node, pod), before, 'and so is the pod')
  t.same(records(node), [])
})

t.test('a name that is taken, an address that is taken, a second router', async t => {
  const { node, pod, stage } = await open(t)
  await node.start()
  const namespace = path(pod)
  stage.ip(pod, 'link', 'add', 'net1', 'type', 'bridge')
  const before = await seen(node, pod)
  t.match((await node.call('ADD', network('192.168.12.99/24'), { namespace })).json, { code: 103, msg: /has a link net1 already/ })
  t.match(await node.call('DEL', network('192.168.12.99/24'), { namespace }), { code: 0 })
  t.equal(await seen(node, pod), before, "somebody else's link stays")
  const contested = network('192.168.12.1/24', {
    conflictProbe: 'fast',
    ip: { addresses: ['192.168.12.1/24'], gateway: '192.168.12.2', destinations: ['203.0.113.27'] }
  })
  const { json } = await node.call('ADD', contested, { namespace, interface: 'net2' })
  t.match(json, { code: 102, msg: /192\.168\.12\.1 is in use on the LAN by (..:){5}../ })
  t.equal(await seen(node, pod), before, 'and nothing is left')
  t.match(await node.call('ADD', network('192.168.12.99/24'), { namespace, interface: 'net2' }), { code: 0 })
  const second = await node.call('ADD', network('192.168.12.98/24'), { namespace, interface: 'net3' })
  t.match(second.json, { code: 7, msg: /holds the attachment c1\/net2 already/ })
})

t.test('one address, two pods of a node: the first has it', async t => {
  const { node, stage } = await open(t, 3)
  stage.ip(stage.node, 'link', 'add', 'up1', 'type', 'veth', 'peer', 'name', 'end1')
  for (const link of ['up1', 'end1']) stage.ip(stage.node, 'link', 'set', link, 'up')
  await node.start()
  const call = (command: string, n: number, change: object = {}) =>
    node.call(command, network('192.168.12.99/24', change), { namespace: path(stage.pods[n]), containerId: `c${n}` })
  for (const conflictProbe of ['fast', 'off']) {
    for (const mode of ['bridge', 'private']) {
      const change = { conflictProbe, interfaceArgs: { master: 'up0', mode } }
      const both = await Promise.all([call('ADD', 0, change), call('ADD', 1, change)])
      t.same(both.map(({ code }) => code).toSorted(), [0, 1], `one of two at once (${conflictProbe}, ${mode})`)
      const winner = both[0].code === 0 ? 0 : 1
      const refused = { code: 102, msg: `address 192.168.12.99 belongs to the attachment c${winner}/net1 of this node` }
      t.match(both[1 - winner]?.json, refused)
      t.match((await call('ADD', 2, change)).json, refused, 'and one who comes later')
      t.match(await call('ADD', winner, change), { code: 0 }, 'again')
      t.match(
        await call('ADD', 2, { ...change, interfaceArgs: { master: 'up1', mode } }),
        { code: 0 },
        'another LAN has addresses of its own'
      )
      t.match(await call('DEL', 2), { code: 0 })
      t.match(await call('DEL', winner), { code: 0 })
      t.match(await call('ADD', 1 - winner, change), { code: 0 }, 'after DEL the other gets it')
      t.match(await call('DEL', 1 - winner), { code: 0 })
    }
  }
  // who fails holds nothing
  t.match((await call('ADD', 0, { interfaceArgs: { master: 'up0', mtu: 9000 } })).json, { code: 103 })
  t.match(await call('ADD', 1), { code: 0 })
  await node.must(stage.node, 'ip', 'netns', 'delete', stage.pods[1] as string)
  t.match(await call('ADD', 2), { code: 0 }, 'nor does a namespace that is gone')
})

t.test('a namespace that vanishes is let go', async t => {
  const { node, pod, stage } = await open(t)
  const agent = await node.start()
  t.match(await node.call('ADD', network('192.168.12.99/24'), { namespace: path(pod) }), { code: 0 })
  await node.must(stage.node, 'ip', 'netns', 'delete', pod)
  t.ok(await eventually(async () => /"msg":"detached"/.test(agent.output())), 'heard')
  t.same(records(node), [])
  // a namespace whose last handle is closed takes its links with it: the other end of the pod's wire goes, too
  t.ok(await eventually(async () => !stage.ip(stage.node, 'link', 'show').includes('vp0')), 'nobody keeps it alive')
  t.notOk(existsSync(path(pod)))
})
