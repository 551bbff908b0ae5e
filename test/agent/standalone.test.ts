// Pods whose annotations the runtime hands over, on a node whose agent knows no cluster.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { chained } from '../cni/runtime.ts'
import { openStage } from '../router/stage.ts'
import { openNode } from './node.ts'

const prevResult = { cniVersion: '1.0.0', interfaces: [{ name: 'eth0', sandbox: '/run/netns/x' }], ips: [], dns: {} }
const router = {
  'pod.network.openshift.io/assign-macvlan': 'up0',
  'egress-router.io/source': '192.168.12.99/24',
  'egress-router.io/gateway': '192.168.12.1',
  'egress-router.io/destination': '80 tcp 203.0.113.25'
}

async function open(t: Test, policy?: string) {
  const stage = openStage(t)
  const node = openNode(t, stage.node)
  const file = join(node.folder, 'policy.yaml')
  if (policy !== undefined) writeFileSync(file, policy)
  const agent = await node.start(policy === undefined ? [] : ['env', `EGRESS_POLICY_FILE=${file}`])
  const pod = stage.pods[0] as string
  const call = (command: string, annotations?: object, kubeNamespace?: string) =>
    node.call(command, chained(annotations, prevResult), {
      namespace: `/run/netns/${pod}`,
      interface: 'eth0',
      ...(kubeNamespace !== undefined && { args: `IgnoreUnknown=1;K8S_POD_NAMESPACE=${kubeNamespace};K8S_POD_NAME=p;K8S_POD_UID=1` })
    })
  const seen = () => stage.ip(pod, 'addr', 'show') + stage.ip(pod, 'rule', 'show')
  return { call, seen, agent, file }
}

t.test('without a policy the word of a pod is no order', async t => {
  const { call, seen } = await open(t)
  for (const annotations of [router, { 'pod.network.openshift.io/assign-macvlan': 'up0' }]) {
    const { code, json } = await call('ADD', annotations, 'shop')
    t.match(
      { code, json },
      { code: 1, json: { code: 105, msg: /no rule of the policy is about namespace shop/, details: /EGRESS_POLICY_FILE/ } }
    )
  }
  t.notMatch(seen(), /macvlan0|4242/)
  for (const annotations of [undefined, {}, { 'egress-router.io/status': 'x', other: 'y' }]) {
    const { code, json } = await call('ADD', annotations, 'shop')
    t.same({ code, json }, { code: 0, json: prevResult }, 'a pod that asks for nothing starts')
  }
})

t.test('a container outside Kubernetes gets what its runtime says', async t => {
  const { call, seen } = await open(t)
  const added = await call('ADD', router)
  t.same({ code: added.code, json: added.json }, { code: 0, json: prevResult }, 'the result is that of the others')
  t.match(seen(), /macvlan0@.*192\.168\.12\.99\/24.*lookup 4242/s)
  t.match(await call('CHECK', router), { code: 0, text: '' })
  t.match((await call('CHECK', { ...router, 'egress-router.io/source': '192.168.12.98/24' })).json, {
    code: 101,
    details: /192\.168\.12\.98/
  })
  t.match(await call('DEL', router), { code: 0 })
  t.notMatch(seen(), /macvlan0|4242/)
  t.match((await call('ADD', { ...router, 'egress-router.io/gateway': 'x' })).json, { code: 7, msg: /egress-router\.io\/gateway: / })
})

t.test('half the name of a pod makes it no container outside Kubernetes', async t => {
  const stage = openStage(t)
  const node = openNode(t, stage.node)
  await node.start()
  for (const args of ['K8S_POD_NAMESPACE=shop', 'K8S_POD_NAMESPACE=shop;K8S_POD_NAME=', 'K8S_POD_NAME=p']) {
    const { json } = await node.call('ADD', chained(router, prevResult), {
      namespace: `/run/netns/${stage.pods[0]}`,
      interface: 'eth0',
      args
    })
    t.match(json, { code: 4, msg: /CNI_ARGS has one of/ }, args)
  }
})

t.test('a policy says which namespaces may ask for what', async t => {
  const rule = '{ namespaces: [shop], may: [router], sources: [192.168.12.96/28], parents: [up0] }'
  const { call, seen, agent, file } = await open(t, `privilegedPods: true\nrules:\n- ${rule}\n`)
  t.match((await call('ADD', router, 'other')).json, { code: 105, msg: /namespace other/, details: /list the namespace/ })
  const elsewhere = { ...router, 'egress-router.io/source': '192.168.12.5/24' }
  t.match((await call('ADD', elsewhere, 'shop')).json, { code: 105, msg: /does not grant this namespace 192\.168\.12\.5/ })
  t.match((await call('ADD', { 'pod.network.openshift.io/assign-macvlan': 'up0' }, 'shop')).json, { code: 105, msg: /not a link/ })
  t.notMatch(seen(), /macvlan0|4242/)
  t.match(await call('ADD', router, 'shop'), { code: 0 })
  t.match(seen(), /macvlan0@.*192\.168\.12\.99\/24.*lookup 4242/s)
  t.match(await call('CHECK', router, 'shop'), { code: 0 })
  writeFileSync(file, 'rules: []\n')
  await agent.shows(/the policy has changed/)
  t.match((await call('CHECK', router, 'shop')).json, { code: 105 }, 'followed as it changes')
  t.match(await call('DEL', router, 'shop'), { code: 0 })
  t.notMatch(seen(), /macvlan0|4242/)
})
