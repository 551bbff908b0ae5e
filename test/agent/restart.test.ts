// An agent that dies at any moment and comes back: what was answered for stays and is looked after, what was not is taken back.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { chained, network } from '../cni/runtime.ts'
import { eventually } from '../kit/eventually.ts'
import { openStage } from '../router/stage.ts'
import { openNode } from './node.ts'

const path = (name: string | undefined) => `/run/netns/${name}`
const source = (n: number) => `192.168.12.${100 + n}/24`

t.test('twenty at once, kill -9, and twenty taken up again', async t => {
  const stage = openStage(t, 20)
  const node = openNode(t, stage.node)
  const first = await node.start()
  const call = (command: string, n: number, change: object = {}) =>
    node.call(command, network(source(n), change), { namespace: path(stage.pods[n]), containerId: `c${n}` })
  const added = await Promise.all(stage.pods.map((_, n) => call('ADD', n)))
  t.same(
    added.map(({ code }) => code),
    stage.pods.map(() => 0)
  )
  const macs = new Set(added.map(({ json }) => json.interfaces[0].mac))
  t.equal(macs.size, 20, 'twenty links')
  await first.end('SIGKILL')
  t.match(await call('CHECK', 0), { code: 1, json: { code: 11, msg: /try again later/ } }, 'nobody is there')
  stage.ip(stage.pods[3] as string, 'link', 'del', 'net1')
  const second = await node.start()
  t.match(second.output(), /"attachments":20,"msg":"taken up again"/)
  const prevResult = (n: number) => ({ prevResult: added[n]?.json })
  for (const n of [0, 3, 19]) t.match(await call('CHECK', n, prevResult(n)), { code: 0 }, `${n} is in sync`)
  const mac = (n: number) => stage.ip(stage.pods[n] as string, 'link', 'show', 'net1')
  t.match(mac(0), added[0]?.json.interfaces[0].mac, 'what was in sync was not touched')
  stage.ip(stage.pods[5] as string, 'addr', 'flush', 'dev', 'net1')
  t.ok(await eventually(async () => (await call('CHECK', 5, prevResult(5))).code === 0), 'and it is looked after')
  await second.end('SIGTERM')
  t.match(mac(1), /net1/, 'SIGTERM leaves everything as it is')
  await node.start()
  const removed = await Promise.all(stage.pods.map((_, n) => call('DEL', n)))
  t.same(
    removed.map(({ code }) => code),
    stage.pods.map(() => 0)
  )
  for (const pod of stage.pods) t.notMatch(stage.ip(pod, 'link', 'show'), /net1/)
})

t.test('DEL without an agent is done by the next one', async t => {
  const stage = openStage(t, 2)
  const node = openNode(t, stage.node)
  const first = await node.start()
  const call = (command: string, n: number) =>
    node.call(command, network(source(n)), { namespace: path(stage.pods[n]), containerId: `c${n}` })
  await call('ADD', 0)
  await call('ADD', 1)
  await first.end('SIGKILL')
  t.match(await call('DEL', 0), { code: 0, text: '' })
  await node.start()
  t.notMatch(stage.ip(stage.pods[0] as string, 'link', 'show'), /net1/, 'taken away')
  t.match(stage.ip(stage.pods[1] as string, 'link', 'show'), /net1/, 'the other is still there')
  t.same(readdirSync(join(node.folder, 'detached')), [])
  t.same(readdirSync(join(node.folder, 'attachments')), ['c1%2Fnet1.json'])
})

t.test('a DEL that nobody heard is not done to what was added after it', async t => {
  const stage = openStage(t)
  const node = openNode(t, stage.node)
  const first = await node.start()
  const call = (command: string) => node.call(command, network(source(0)), { namespace: path(stage.pods[0]), containerId: 'c0' })
  // as the shim writes it when it looks for the agent a moment before that serves
  writeFileSync(join(node.folder, 'detached', 'c0%2Fnet1'), '')
  t.match(await call('ADD'), { code: 0 })
  await first.end('SIGKILL')
  await node.start()
  t.match(stage.ip(stage.pods[0] as string, 'link', 'show'), /net1/)
})

t.test('a DEL that nobody heard is done by the agent that is there', async t => {
  const stage = openStage(t)
  const node = openNode(t, stage.node)
  await node.start()
  t.match(await node.call('ADD', network(source(0)), { namespace: path(stage.pods[0]), containerId: 'c0' }), { code: 0 })
  writeFileSync(join(node.folder, 'detached', 'c0%2Fnet1'), '')
  const gone = async () => !stage.ip(stage.pods[0] as string, 'link', 'show').includes('net1')
  t.ok(await eventually(gone, 15))
  t.ok(await eventually(async () => readdirSync(join(node.folder, 'detached')).length === 0))
})

t.test('the agent is killed during ADD: the next one takes back what was not answered for', async t => {
  const stage = openStage(t, 4)
  const node = openNode(t, stage.node)
  for (const [n, milliseconds] of [5, 20, 100, 300].entries()) {
    const agent = await node.start()
    const pod = stage.pods[n] as string
    // the probe for another holder keeps it busy for half a second
    const config = network(source(n), { conflictProbe: 'fast' })
    const adding = node.call('ADD', config, { namespace: path(pod), containerId: `c${n}` })
    await new Promise(resolve => setTimeout(resolve, milliseconds))
    await agent.end('SIGKILL')
    t.match(await adding, { code: 1, json: { code: 11 } }, `after ${milliseconds} ms`)
    const next = await node.start()
    const left = stage.ip(pod, 'link', 'show') + stage.ip(pod, 'rule', 'show')
    t.notMatch(left, /net1|4242/, 'nothing is left')
    t.same(readdirSync(join(node.folder, 'attachments')), [])
    t.match(await node.call('ADD', config, { namespace: path(pod), containerId: `c${n}` }), { code: 0 }, 'and it can be had')
    await node.call('DEL', config, { namespace: path(pod), containerId: `c${n}` })
    await next.end()
  }
})

t.test('the shim is killed during ADD: the agent takes it back', async t => {
  const stage = openStage(t)
  const node = openNode(t, stage.node)
  await node.start()
  const pod = stage.pods[0] as string
  const config = network(source(0), { conflictProbe: 'fast' })
  for (const milliseconds of [1, 30, 250]) {
    const killed = new AbortController()
    const adding = node.call('ADD', config, { namespace: path(pod), signal: killed.signal })
    await new Promise(resolve => setTimeout(resolve, milliseconds))
    killed.abort()
    t.match(await adding, { code: null })
    const clean = async () => !/net1|4242/.test(stage.ip(pod, 'link', 'show') + stage.ip(pod, 'rule', 'show'))
    t.ok(await eventually(clean), `killed after ${milliseconds} ms: nothing is left`)
    t.ok(await eventually(async () => readdirSync(join(node.folder, 'attachments')).length === 0))
    t.match(await node.call('DEL', config, { namespace: '' }), { code: 0 })
  }
  t.match(await node.call('ADD', config, { namespace: path(pod) }), { code: 0 })
})

t.test('the agent is killed between two words to the kernel: the link that it was making goes, too', async t => {
  const stage = openStage(t, 2)
  const node = openNode(t, stage.node)
  const first = await node.start()
  const router = network(source(0))
  const mere = chained({ 'pod.network.openshift.io/assign-macvlan': 'up0' })
  for (const [n, config] of [router, mere].entries())
    t.match(await node.call('ADD', config, { namespace: path(stage.pods[n]), containerId: `c${n}` }), { code: 0 })
  await first.end('SIGKILL')
  // as it is before the kernel is told whose it is, and before the record says that it is there
  for (const [n, file] of readdirSync(join(node.folder, 'attachments')).toSorted().entries()) {
    const place = join(node.folder, 'attachments', file)
    const record = JSON.parse(readFileSync(place, 'utf8'))
    const [pod, name] = [stage.pods[n] as string, record.attachment.link.name]
    writeFileSync(place, JSON.stringify({ ...record, complete: false }))
    stage.ip(pod, 'link', 'del', name)
    for (const made of [name, 'egr-new'])
      stage.ip(stage.node, 'link', 'add', 'link', 'up0', 'name', made, 'group', '1701278208', 'netns', pod, 'type', 'macvlan')
  }
  await node.start()
  for (const pod of stage.pods) t.notMatch(stage.ip(pod, 'link', 'show'), /net1|macvlan0|egr-new/)
  t.same(readdirSync(join(node.folder, 'attachments')), [])
})

t.test('given up at any moment: nothing is left, and who defends an address goes on', async t => {
  const stage = openStage(t)
  const node = openNode(t, stage.node)
  const agent = await node.start()
  const pod = stage.pods[0] as string
  // without a probe nothing waits, and the end of it all can come before anybody looks whether it is still wanted
  const config = network(source(0))
  const add = (milliseconds?: number) => {
    const signal = milliseconds === undefined ? undefined : AbortSignal.timeout(milliseconds)
    return node.call('ADD', config, { namespace: path(pod), ...(signal && { signal }) })
  }
  const left = () => stage.ip(pod, 'link', 'show') + stage.ip(pod, 'rule', 'show')
  const tables = () => node.must(pod, 'nft', 'list', 'tables')
  for (let milliseconds = 2; milliseconds < 40; milliseconds += 3) {
    const adding = add()
    await new Promise(resolve => setTimeout(resolve, milliseconds))
    t.match(await node.call('DEL', config, { namespace: path(pod) }), { code: 0 })
    await adding
    t.match(await node.call('DEL', config, { namespace: path(pod) }), { code: 0 })
    t.notMatch(`${left()}${await tables()}`, /net1|4242|egress_router/, `DEL after ${milliseconds} ms`)
  }
  t.match(await add(), { code: 0 })
  for (let milliseconds = 2; milliseconds < 40; milliseconds += 6) await add(milliseconds)
  t.match(await add(), { code: 0 })
  t.match(left(), /net1[\s\S]*4242/, 'a second ADD that is given up changes nothing of the first')
  t.notMatch(agent.output(), /nobody listens/)
})

t.test('one agent a node: a second is refused, a dead one is followed', async t => {
  const stage = openStage(t)
  const node = openNode(t, stage.node)
  const first = await node.start()
  await t.rejects(node.start(), /another agent serves .*agent\.sock/)
  await first.end('SIGKILL')
  await node.start()
  t.match(await node.call('STATUS', network(source(0), { cniVersion: '1.1.0' })), { code: 0, text: '' }, 'the stale socket was replaced')
})

t.test('a record of a namespace that is another one by now is forgotten', async t => {
  const stage = openStage(t)
  const node = openNode(t, stage.node)
  const pod = stage.pods[0] as string
  const first = await node.start()
  t.match(await node.call('ADD', network(source(0)), { namespace: path(pod) }), { code: 0 })
  await first.end('SIGKILL')
  await node.must(stage.node, 'ip', 'netns', 'delete', pod)
  await node.must(stage.node, 'ip', 'netns', 'add', pod)
  const second = await node.start()
  t.match(second.output(), /is forgotten: another namespace is at its path/)
  t.same(readdirSync(join(node.folder, 'attachments')), [])
  t.notMatch(stage.ip(pod, 'link', 'show'), /net1/)
})

t.test('in a process id namespace of its own, as in a container, the agent keeps on repairing the table', async t => {
  const stage = openStage(t)
  const node = openNode(t, stage.node)
  const pod = stage.pods[0] as string
  const agent = await node.start(['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'])
  t.match(await node.call('ADD', network(source(0)), { namespace: path(pod) }), { code: 0 })
  for (const time of ['first', 'second', 'third']) {
    await node.must(pod, 'nft', 'delete', 'table', 'inet', 'egress_router')
    const repaired = () => node.must(pod, 'nft', 'list', 'tables').then(text => text.includes('egress_router'))
    t.ok(await eventually(repaired), `the ${time} time`)
  }
  t.notMatch(agent.output(), /standing by/)
})
