// Pods whose parent has no carrier wait, and hold up nobody else.
import t from 'tap'
import { network } from '../cni/runtime.ts'
import { eventually } from '../kit/eventually.ts'
import { openStage } from '../router/stage.ts'
import { openNode } from './node.ts'

/** One more than the agent works on at once. */
const MANY = 65
const path = (name: string | undefined) => `/run/netns/${name}`

t.test('many that wait for carrier, and one that does not', async t => {
  const stage = openStage(t, MANY + 1)
  const node = openNode(t, stage.node)
  stage.ip(stage.node, 'link', 'add', 'up1', 'type', 'veth', 'peer', 'name', 'end1')
  stage.ip(stage.node, 'link', 'set', 'up1', 'up')
  const agent = await node.start()
  const over = new AbortController()
  t.teardown(() => over.abort())
  const waiting = network('', { linkTimeout: '100s', interfaceArgs: { master: 'up1' } })
  const configOf = (n: number) => ({ ...waiting, ip: { ...waiting.ip, addresses: [`192.168.12.${100 + n}/24`] } })
  const call = (command: string, n: number) =>
    node.call(command, configOf(n), { namespace: path(stage.pods[n]), containerId: `c${n}`, signal: over.signal })
  const answered: number[] = []
  const adding = stage.pods.slice(0, MANY).map((_, n) => call('ADD', n).finally(() => answered.push(n)))
  const waits = () => agent.output().split('waiting for carrier on link net1').length - 1
  t.ok(await eventually(async () => waits() >= MANY, 20), 'each of them waits')
  const last = { namespace: path(stage.pods[MANY]), containerId: 'last' }
  t.match(await node.call('ADD', network('192.168.12.99/24'), last), { code: 0 }, 'the other is served')
  t.same(answered, [], 'while nobody has given up')
  t.match(await call('DEL', 0), { code: 0 }, 'who waits can be taken away')
  t.match(await adding[0], { code: 1, json: { code: 11 } })
  stage.ip(stage.node, 'link', 'set', 'end1', 'up')
  const codes = (await Promise.all(adding.slice(1))).map(({ code }) => code)
  t.same(new Set(codes), new Set([0]), 'with carrier all are done')
})

t.test('what was there before the agent and waits for carrier can be taken away', async t => {
  const stage = openStage(t, 2)
  const node = openNode(t, stage.node)
  stage.ip(stage.node, 'link', 'add', 'up1', 'type', 'veth', 'peer', 'name', 'end1')
  for (const link of ['up1', 'end1']) stage.ip(stage.node, 'link', 'set', link, 'up')
  const config = (n: number) => network(`192.168.12.${100 + n}/24`, { linkTimeout: '100s', interfaceArgs: { master: 'up1' } })
  const call = (command: string, n: number) => node.call(command, config(n), { namespace: path(stage.pods[n]), containerId: `c${n}` })
  const first = await node.start()
  for (const n of [0, 1]) t.match(await call('ADD', n), { code: 0 })
  await first.end('SIGKILL')
  stage.ip(stage.node, 'link', 'set', 'end1', 'down')
  await node.must(stage.node, 'ip', 'netns', 'delete', stage.pods[1] as string)
  const second = await node.start()
  await second.shows(/waiting for carrier on link net1/)
  t.match(await call('DEL', 0), { code: 0 })
  t.notMatch(stage.ip(stage.pods[0] as string, 'link', 'show'), /net1/)
})
