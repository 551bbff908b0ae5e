// What the agent asks of an API server, asked of a real one (etcd and kube-apiserver): test/cluster/control-plane.sh brings them up.
import { join } from 'node:path'
import type { V1Pod } from '@kubernetes/client-node'
import t from 'tap'
import { annotations } from '../../src/kubernetes/annotations.ts'
import { openApi } from '../../src/kubernetes/api.ts'
import { Backoff } from '../../src/kubernetes/backoff.ts'
import { EventWriter } from '../../src/kubernetes/event-writer.ts'
import { follow } from '../../src/kubernetes/list-watch.ts'
import { OwnDaemonSet } from '../../src/kubernetes/own-daemon-set.ts'
import { silent } from '../../src/observe/log.ts'
import { eventually } from '../kit/eventually.ts'
import { folder, killServer, kubeconfig, kubectlOf, pod, skip } from './control-plane.ts'

t.test('pods of one node: nothing is lost, whatever becomes of the server', { skip }, async t => {
  const { processes, kubectl } = kubectlOf(t)
  const stop = new AbortController()
  t.after(() => stop.abort())
  const there = new Map<string, V1Pod>()
  const nameOf = ({ metadata }: V1Pod) => metadata?.name ?? ''
  let lists = 0
  let failures = 0
  const hearer = {
    changed: (object: V1Pod) => void there.set(nameOf(object), object),
    gone: (object: V1Pod) => void there.delete(nameOf(object)),
    synced: () => void lists++,
    unreachable: () => void failures++
  }
  const backoff = new Backoff({ first: 50, longest: 500 })
  void follow(openApi(kubeconfig).podsOf('node1'), hearer, { log: silent, signal: stop.signal, backoff })
  const become = (...names: string[]) => eventually(async () => [...there.keys()].toSorted().join() === names.toSorted().join(), 20)

  await kubectl(['create', '-f', '-'], pod('a', 'node1'))
  await kubectl(['create', '-f', '-'], pod('elsewhere', 'node2'))
  await kubectl(['create', '-f', '-'], pod('b', 'node1'))
  t.ok(await become('a', 'b'), 'those of the node, and no others')
  await kubectl(['annotate', 'pod', 'a', 'x=1'])
  t.ok(await eventually(async () => there.get('a')?.metadata?.annotations?.x === '1'), 'a change is heard')
  await kubectl(['delete', 'pod', 'b', '--force', '--grace-period=0'])
  t.ok(await become('a'), 'and an end')
  t.equal(lists, 1, 'all that by one list')

  const start = await killServer(processes)
  t.ok(await eventually(async () => failures > 0), 'the server is away, which is noticed')
  t.same([...there.keys()], ['a'], 'and nothing is taken for gone')
  await start()
  await kubectl(['delete', 'pod', 'a', '--force', '--grace-period=0'])
  await kubectl(['create', '-f', '-'], pod('c', 'node1'))
  t.ok(await become('c'), 'what changes now is heard')
  await kubectl(['delete', 'pod', 'c', 'elsewhere', '--force', '--grace-period=0'])
})

t.test('the status is written to the very pod, by the right to patch pods/status alone', { skip }, async t => {
  const { kubectl } = kubectlOf(t)
  t.after(() => kubectl(['delete', 'pod', 'marked', '--force', '--grace-period=0']))
  await kubectl(['create', '-f', '-'], pod('marked', 'node1'))
  const rights = [
    ['create', 'clusterrole', 'agent', '--verb=patch', '--resource=pods/status'],
    ['create', 'clusterrolebinding', 'agent', '--clusterrole=agent', '--user=limited']
  ]
  for (const argv of rights) await kubectl(argv)
  const api = openApi(join(folder, 'limited.conf'))
  const read = async () => JSON.parse(await kubectl(['get', 'pod', 'marked', '-o', 'json'])) as V1Pod
  const uid = (await read()).metadata?.uid ?? ''
  const reference = { kubeNamespace: 'default', name: 'marked', uid }
  await api.annotate(reference, annotations.status, '{"phase":"Ready"}')
  t.equal((await read()).metadata?.annotations?.[annotations.status], '{"phase":"Ready"}')
  await t.rejects(api.annotate({ ...reference, uid: crypto.randomUUID() }, annotations.status, 'x'), { code: 422 })
  await api.annotate(reference, annotations.status, null)
  t.equal((await read()).metadata?.annotations?.[annotations.status], undefined, 'and taken back')
  await t.rejects(api.readPod('default', 'marked'), {
    code: 403,
    message: /^pods "marked" is forbidden: User "limited" cannot get [^\n]*$/
  })
})

t.test('an agent that ends knows whether its DaemonSet is still there', { skip }, async t => {
  const { kubectl } = kubectlOf(t)
  const { signal } = new AbortController()
  const labels = { app: 'agent' }
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: 'x', image: 'x', env: [{ name: 'EGRESS_CNI_CONF_DIR', value: '/x' }] }] }
  }
  const daemonSet = (name: string) =>
    JSON.stringify({ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name }, spec: { selector: { matchLabels: labels }, template } })
  const rights = [
    ['create', 'role', 'own', '--verb=get', '--resource=daemonsets.apps', '--resource-name=own', '--resource-name=nosuch'],
    ['create', 'rolebinding', 'own', '--role=own', '--user=limited']
  ]
  for (const argv of rights) await kubectl(argv)
  for (const name of ['own', 'other']) await kubectl(['create', '-f', '-'], daemonSet(name))
  const warned: string[] = []
  const log = { ...silent, warn: (message: string) => void warned.push(message) }
  const find = async (name: string) => {
    const own = new OwnDaemonSet(openApi(join(folder, 'limited.conf')), name, log, signal)
    await own.found
    return own
  }
  const [own, other, nosuch] = [await find('own'), await find('other'), await find('nosuch')]
  t.equal(await own.hasLetGo(), false, 'it is there: another agent follows')
  t.match(
    warned,
    [/DaemonSet default\/other: .*forbidden/, /DaemonSet default\/nosuch: .*not found/],
    'what cannot be known is told at the start'
  )
  await kubectl(['delete', 'rolebinding', 'own'])
  t.equal(await own.hasLetGo(), true, 'the right to ask has gone: so has all the rest, or is about to')
  await kubectl(rights[1] as string[])
  t.equal(await own.hasLetGo(), false)
  await kubectl(['set', 'env', 'daemonset/own', 'EGRESS_CNI_CONF_DIR-'])
  t.equal(await own.hasLetGo(), true, 'it does without the plugin')
  await kubectl(['set', 'env', 'daemonset/own', 'EGRESS_CNI_CONF_DIR=/x'])
  await kubectl(['patch', 'daemonset', 'own', '--type=merge', '-p', '{"metadata":{"finalizers":["test.example/wait"]}}'])
  await kubectl(['delete', 'daemonset', 'own', '--wait=false'])
  t.equal(await own.hasLetGo(), true, 'it is being deleted')
  await kubectl(['patch', 'daemonset', 'own', '--type=merge', '-p', '{"metadata":{"finalizers":null}}'])
  t.equal(await own.hasLetGo(), true, 'it is deleted')
  t.same([await other.hasLetGo(), await nosuch.hasLetGo()], [false, false], 'what was never seen is not taken for gone')
  other.goes()
  t.equal(await other.hasLetGo(), true, 'unless its Kubernetes namespace goes')
})

t.test('Events', { skip }, async t => {
  const { kubectl } = kubectlOf(t)
  let now = Date.now()
  const api = openApi(kubeconfig)
  const events = new EventWriter({ api, node: 'node1', log: silent, now: () => now })
  const reference = { kubeNamespace: 'default', name: 'egress', uid: crypto.randomUUID() }
  events.write(reference, 'EgressFailed', `no such parent ${'é'.repeat(2000)}`)
  await events.settled()
  now += 61_000
  for (let i = 0; i < 3; i++) events.write(reference, 'EgressFailed', `no such parent ${'é'.repeat(2000)}`)
  await events.settled()
  const { items } = JSON.parse(await kubectl(['get', 'events', '-o', 'json'])) as {
    items: { count: number; involvedObject: { uid: string }; message: string }[]
  }
  const mine = items.filter(({ involvedObject }) => involvedObject.uid === reference.uid)
  t.equal(mine.length, 1, 'the same words are one Event')
  t.equal(mine[0]?.count, 4, 'which counts')
  t.ok(Buffer.byteLength(mine[0]?.message ?? '') <= 1024, 'and is no longer than the server takes')
})
