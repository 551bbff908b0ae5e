// A static pod: the kubelet runs it from a file, and the API server holds a copy under another identity.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { eventually } from '../kit/eventually.ts'
import { Cluster } from './cluster.ts'
import { skip } from './node.ts'
import { policy, unprivileged } from './pods.ts'

/** Has the kubelet look for static pods in a folder; gives the folder. */
async function withStaticPods({ node }: Cluster): Promise<string> {
  const [folder, file] = [join(node.folder, 'static-pods'), join(node.folder, 'kubelet.yaml')]
  mkdirSync(folder, { recursive: true })
  const start = await node.kill('kubelet')
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), staticPodPath: folder, fileCheckFrequency: '1s' }))
  await start()
  return folder
}

for (const form of ['kustomize', 'kustomize-watch'])
  t.test(`a static pod with a router by annotation, by deploy/${form}`, { skip }, async t => {
    const cluster = await Cluster.open(t, form)
    await cluster.agent.setPolicy(policy)
    const manifest = join(await withStaticPods(cluster), 'static.json')
    t.after(() => rmSync(manifest, { force: true }))
    writeFileSync(manifest, unprivileged({ name: 'static', source: '192.168.12.75' }))
    t.ok(await eventually(async () => (await cluster.tryKubectl(['get', 'pod', 'static-node1'])).code === 0, 60), 'its copy is there')
    const { metadata, status } = await cluster.ready('static-node1')
    t.not(metadata.annotations?.['kubernetes.io/config.mirror'], metadata.uid, 'under another identity')
    t.ok(await cluster.phase('static-node1', 'Ready'))
    t.match(await cluster.events('static-node1'), [{ reason: 'EgressCreated', count: 1 }])
    t.match(await cluster.ask('tcp', status?.podIP ?? '', 80), { seen: '192.168.12.75', at: '203.0.113.25' })
    rmSync(manifest)
    t.ok(await eventually(async () => (await cluster.node.macvlans()).length === 0 && cluster.node.records().length === 0, 60), 'it goes')
  })

t.test('a pod that gives itself out for the copy of another does not get at its network', { skip }, async t => {
  const cluster = await Cluster.open(t, 'kustomize-watch')
  await cluster.agent.setPolicy(policy)
  t.after(() => cluster.deletePods('victim', 'forger'))
  await cluster.create(unprivileged({ name: 'victim', annotations: {} }))
  const victim = await cluster.ready('victim')
  const forger = JSON.parse(unprivileged({ name: 'forger', source: '192.168.12.76' }))
  forger.metadata.annotations['kubernetes.io/config.mirror'] = victim.metadata.uid
  forger.spec.nodeName = 'node1'
  await cluster.create(JSON.stringify(forger))
  const took = await eventually(async () => (await cluster.node.macvlans()).length > 0, 4)
  t.notOk(took, `no link is made: ${await cluster.node.macvlans()}`)
})
