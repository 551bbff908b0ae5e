// What the CNI plugin is told of a pod while not everything is known that decides.
import type { V1Pod } from '@kubernetes/client-node'
import t from 'tap'
import type { Agent } from '../../src/agent/agent.ts'
import { asCniError } from '../../src/cni/cni-error.ts'
import { annotations } from '../../src/kubernetes/annotations.ts'
import { Claims } from '../../src/kubernetes/claims.ts'
import type { Runtime } from '../../src/kubernetes/cri.ts'
import type { Grounds } from '../../src/kubernetes/decide.ts'
import { PodKeeper } from '../../src/kubernetes/pod-keeper.ts'
import { Pods, type PodsOptions } from '../../src/kubernetes/pods.ts'
import { defaultPolicy } from '../../src/kubernetes/policy.ts'
import { parsePolicy } from '../../src/kubernetes/policy-file.ts'
import { silent } from '../../src/observe/log.ts'

const asked = { [annotations.macvlan]: 'true' }
const object: V1Pod = {
  metadata: { namespace: 'shop', name: 'p', uid: 'u1', annotations: asked },
  spec: { nodeName: 'n1', containers: [] }
}
const byLabel = parsePolicy('rules: [{ namespaceSelector: { matchLabels: { team: a } }, may: [link] }]', 'policy.yaml')
const byName = parsePolicy('rules: [{ namespaces: [other], may: [link] }]', 'policy.yaml')

function optionsOf(t: { teardown(ending: () => unknown): unknown }, grounds: Grounds, more: Partial<PodsOptions> = {}): PodsOptions {
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  return {
    agent: { list: () => [], events: { observe: () => {} } } as unknown as Agent,
    api: { annotate: async () => {} },
    runtime: {} as Runtime,
    events: { write: () => {} },
    claims: new Claims(),
    log: silent,
    signal: stop.signal,
    name: 'n1',
    readPod: async () => object,
    groundsOf: () => grounds,
    ...more
  }
}

/** The code that the runtime gets for an ADD. */
const codeOf = (options: PodsOptions) =>
  new Pods(options)
    .forPod(
      { identity: { kubeNamespace: 'shop', name: 'p', uid: 'u1' }, annotations: asked },
      { containerId: 'c1', namespace: '/run/netns/x' }
    )
    .then(
      () => 0,
      error => asCniError(error).code
    )

t.test('only who knows everything refuses', async t => {
  const code = (grounds: Grounds) => codeOf(optionsOf(t, grounds))
  t.equal(await code({ policy: byLabel, namespaceLabels: undefined }), 11, 'the labels that decide are not known yet')
  t.equal(await code({ policy: byLabel, namespaceLabels: {} }), 105, 'they are known')
  t.equal(await code({ policy: byName, namespaceLabels: undefined }), 105, 'labels would not matter')
  t.equal(await code({ policy: defaultPolicy, namespaceLabels: undefined }), 105)
})

t.test('an API server that does not say what the pod is', async t => {
  const readPod = () => Promise.reject(Object.assign(new Error('pods "p" not found'), { code: 404 }))
  t.equal(await codeOf(optionsOf(t, { policy: defaultPolicy, namespaceLabels: {} }, { readPod })), 11)
})

t.test('a pod whose namespace is not known yet is not told that it is refused', async t => {
  const told: string[] = []
  let grounds: Grounds = { policy: byLabel, namespaceLabels: undefined }
  const options = optionsOf(t, grounds, { events: { write: (_pod, reason) => void told.push(reason) }, groundsOf: () => grounds })
  const keeper = new PodKeeper(object, options)
  await new Promise(resolve => setTimeout(resolve, 20))
  t.same(told, [])
  t.ok(keeper.isWaiting, 'it is looked at again')
  grounds = { policy: byLabel, namespaceLabels: {} }
  keeper.poke()
  await new Promise(resolve => setTimeout(resolve, 20))
  t.same(told, ['EgressRefused'])
  await keeper.close()
})
