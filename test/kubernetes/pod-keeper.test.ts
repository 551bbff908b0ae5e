// A pod that is refused, looked at again and again.
import { setTimeout as wait } from 'node:timers/promises'
import type { V1Pod } from '@kubernetes/client-node'
import t from 'tap'
import type { Agent } from '../../src/agent/agent.ts'
import { annotations } from '../../src/kubernetes/annotations.ts'
import { Claims } from '../../src/kubernetes/claims.ts'
import type { Runtime } from '../../src/kubernetes/cri.ts'
import { PodKeeper } from '../../src/kubernetes/pod-keeper.ts'
import { defaultPolicy } from '../../src/kubernetes/policy.ts'
import { silent } from '../../src/observe/log.ts'

t.test('what is wrong with a pod is told once, not at every look', async t => {
  const told: string[] = []
  const warned: string[] = []
  const written: (string | null)[] = []
  let looked = 0
  const pod = (macvlan: string): V1Pod => ({
    metadata: { namespace: 'shop', name: 'p', uid: 'u1', annotations: { [annotations.macvlan]: macvlan } }
  })
  const keeper = new PodKeeper(pod('true'), {
    agent: { list: () => [] } as unknown as Agent,
    api: { annotate: async (_pod, _name, text) => void written.push(text) },
    runtime: {} as Runtime,
    events: { write: (_pod, reason) => void told.push(reason) },
    claims: new Claims(),
    log: { ...silent, warn: message => void warned.push(message) },
    groundsOf() {
      looked++
      return { policy: defaultPolicy, namespaceLabels: {} }
    }
  })
  for (let n = 0; n < 20; n++) {
    keeper.poke()
    await wait(1)
  }
  t.ok(looked > 5, `looked at ${looked} times`)
  t.same(told, ['EgressRefused'])
  t.equal(warned.length, 1)
  keeper.update(pod('a/b'))
  await wait(10)
  t.same(told, ['EgressRefused', 'EgressInvalid'], 'another mistake is news')
  t.match(written[0], /"phase":"Refused"/)
  await keeper.close()
})
