// STATUS says whether an ADD could be served, and whether what is there suffers.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { Agent } from '../../src/agent/agent.ts'
import { readCall } from '../../src/cni/environment.ts'
import { Plugin } from '../../src/cni/plugin.ts'
import { silent } from '../../src/observe/log.ts'
import { network } from '../cni/runtime.ts'
import { openStage } from '../router/stage.ts'
import { openNode } from './node.ts'

const own = (change: object = {}) => network('192.168.12.99/24', { cniVersion: '1.1.0', ...change })
const chained = { cniVersion: '1.1.0', name: 'cluster', type: 'egress-router' }

t.test('the parent link', async t => {
  const stage = openStage(t)
  const node = openNode(t, stage.node)
  await node.start()
  const namespace = `/run/netns/${stage.pods[0]}`
  const status = async (config: object) => {
    const { code, json, text } = await node.call('STATUS', config)
    return code === 0 ? text : `${json.code} ${json.msg}`
  }
  const ip = (...argv: string[]) => stage.ip(stage.node, ...argv)
  t.equal(await status(own()), '')
  t.equal(await status(chained), '', 'in a chain')
  t.match(await status(own({ interfaceArgs: { master: 'nope' } })), /^50 the parent link 'nope' does not exist/)
  t.match(await status(own({ interfaceArgs: {} })), /^50 the node has no IPv4 default route/)
  ip('addr', 'add', '192.168.12.3/24', 'dev', 'up0')
  ip('route', 'add', 'default', 'via', '192.168.12.1')
  t.equal(await status(own({ interfaceArgs: {} })), '')
  ip('link', 'add', 'up1', 'type', 'veth', 'peer', 'name', 'end1')
  const second = own({ interfaceArgs: { master: 'up1' } })
  t.equal(await status(second), "50 the parent link 'up1' is down")
  ip('link', 'set', 'up1', 'up')
  t.equal(await status(second), "50 the parent link 'up1' has no carrier")
  ip('link', 'set', 'end1', 'up')
  t.equal(await status(second), '')
  t.match(await node.call('ADD', second, { namespace }), { code: 0 })
  ip('link', 'set', 'end1', 'down')
  t.equal(await status(second), "51 the parent link 'up1' has no carrier", 'a pod suffers')
  t.equal(await status({ ...second, name: 'other' }), "50 the parent link 'up1' has no carrier", 'of another network none does')
  ip('link', 'del', 'up1')
  t.equal(await status(second), "51 the parent link 'up1' does not exist on this node")
  t.equal(await status(own()), '', 'by another parent it works')
})

t.test('an agent that may not', async t => {
  const stage = openStage(t)
  const node = openNode(t, stage.node)
  await node.start(['setpriv', '--bounding-set', '-sys_admin'])
  t.match((await node.call('STATUS', own())).json, { code: 50, msg: 'the agent lacks CAP_SYS_ADMIN' })
  t.match(await node.call('STATUS', chained), { code: 0, text: '' }, 'in a chain that is nothing to the other pods of the node')
  t.match(await node.call('ADD', own(), { namespace: `/run/netns/${stage.pods[0]}` }), { code: 1 }, 'as it says')
})

t.test('an agent that ends', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'egress-status-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const agent = new Agent({ runFolder: folder, log: silent })
  const plugin = new Plugin({ agent, source: { forPod: async () => undefined } })
  const call = readCall(new Map([['CNI_COMMAND', 'STATUS']]))
  const status = (config: object) => plugin.perform(call, JSON.stringify(config), new AbortController().signal)
  await agent[Symbol.asyncDispose]()
  await t.rejects(status(own()), { code: 50, message: 'the agent is ending' })
  t.equal(await status(chained), undefined, 'in a chain')
})
