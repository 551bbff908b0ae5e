// The node is given the address of a router that is there: neither hears the other on the LAN, so somebody has to say so.
import t from 'tap'
import { AgentEvents } from '../../src/agent/events.ts'
import { Kept } from '../../src/agent/kept.ts'
import type { Upkeep } from '../../src/agent/mere-link.ts'
import { EgressRouterError } from '../../src/errors.ts'
import { silent } from '../../src/observe/log.ts'
import type { KeepObserver } from '../../src/router/keep.ts'
import { network } from '../cni/runtime.ts'
import { eventually } from '../kit/eventually.ts'
import { openStage } from '../router/stage.ts'
import { openNode } from './node.ts'

t.test('it is told once, and over when the node has it no more', async t => {
  const told: unknown[] = []
  const events = new AgentEvents(silent)
  events.observe({ failed: (_, reason) => void told.push(reason) })
  const attachment = { id: 'c1/net1', namespace: '/run/netns/none', link: { name: 'net1', parent: 'up0', mode: 'private' } } as const
  const kept = new Kept({ attachment, identity: '', upkeep: {} as Upkeep, log: silent, events })
  const conflict = new EgressRouterError('ECONFLICT', "address 192.168.12.99 is the node's own")
  kept.dispute(undefined)
  t.match(kept, { state: 'ready' })
  kept.dispute(conflict)
  kept.dispute(conflict)
  t.match(kept, { state: 'failing', reason: conflict.message })
  t.same(told, [conflict])
  kept.dispute(undefined)
  t.match(kept, { state: 'ready', reason: undefined })
})

t.test('a repair meanwhile does not make it sound', async t => {
  const told: string[] = []
  const events = new AgentEvents(silent)
  events.observe({ failed: () => void told.push('failed'), repaired: () => void told.push('repaired') })
  const attachment = { id: 'c1/net1', namespace: '/run/netns/none', link: { name: 'net1', parent: 'up0', mode: 'private' } } as const
  const upkeep = {
    watch: async (_: AbortSignal, observer: KeepObserver) => {
      kept.dispute(new EgressRouterError('ECONFLICT', "address 192.168.12.99 is the node's own"))
      observer.repaired?.([])
      observer.recovered?.()
    }
  } as unknown as Upkeep
  const kept = new Kept({ attachment, identity: '', upkeep, log: silent, events })
  kept.watch()
  await kept.stop()
  t.match(kept, { state: 'failing' })
  t.same(told, ['failed', 'repaired', 'failed'])
})

t.test('an address that the node gets later', async t => {
  const stage = openStage(t, 2)
  const node = openNode(t, stage.node)
  const first = await node.start()
  for (const [n, pod] of stage.pods.entries()) {
    const call = { namespace: `/run/netns/${pod}`, containerId: `c${n}` }
    t.match(await node.call('ADD', network(`192.168.12.${98 + n}/24`), call), { code: 0 })
  }
  const told = /attachment c1\/net1: address 192\.168\.12\.99 is the node's own, on its link up0/
  stage.ip(stage.node, 'addr', 'add', '192.168.12.7/24', 'dev', 'up0')
  t.notMatch(first.output(), /is the node's own/, 'another one is nothing to it')
  stage.ip(stage.node, 'addr', 'add', '192.168.12.99/24', 'dev', 'up0')
  t.ok(await eventually(async () => told.test(first.output())))
  t.notMatch(first.output(), /attachment c0/, 'nor is it anything to the other')
  t.match(stage.ip(stage.pods[1] as string, 'addr', 'show', 'net1'), /192\.168\.12\.99/, 'what is there stays')
  await first.end('SIGKILL')
  const second = await node.start()
  t.ok(await eventually(async () => told.test(second.output())), 'the next agent says it, too')
})
