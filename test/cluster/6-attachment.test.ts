// The example of a NetworkAttachmentDefinition on a pod of the cluster. Multus itself is not here: what it does for a delegate is done by
// libcni, of which Multus is a user, with the object that the API server holds, in the node's network, on the pod's own network.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { callPlugin } from '../cni/runtime.ts'
import { eventually } from '../kit/eventually.ts'
import { Cluster } from './cluster.ts'
import { cniPlaces } from './manifests.ts'
import { skip } from './node.ts'
import { askRedirects } from './questions.ts'

const { EGRESS_CNI_DRIVER = '' } = process.env

interface Definition {
  readonly spec: { readonly config: string }
}

const schema = { type: 'object', properties: { spec: { type: 'object', properties: { config: { type: 'string' } } } } }
/** As Multus brings it. */
const definitions = JSON.stringify({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'network-attachment-definitions.k8s.cni.cncf.io' },
  spec: {
    group: 'k8s.cni.cncf.io',
    scope: 'Namespaced',
    names: { plural: 'network-attachment-definitions', singular: 'network-attachment-definition', kind: 'NetworkAttachmentDefinition' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }]
  }
})

t.test('an attachment by NetworkAttachmentDefinition', { skip }, async t => {
  const cluster = await Cluster.open(t)
  const { node } = cluster
  t.after(() => cluster.deletePods('egress-3'))
  await cluster.apply(definitions)
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd/network-attachment-definitions.k8s.cni.cncf.io', '--timeout=30s'])
  await cluster.applyExample('attachment.yaml')
  const pod = await cluster.ready('egress-3')
  const namespace = await cluster.namespaceOf('egress-3')
  const containerId = (await node.runtime.sandboxes()).find(({ podUid }) => podUid === pod.metadata.uid)?.id ?? ''
  const { spec } = await cluster.read<Definition>(['network-attachment-definition/egress-3'])
  const config = JSON.parse(spec.config) as { cniVersion: string; name: string; ip: object }

  const socket = join(node.folder, 'run-egress-router/agent.sock')
  const delegate = (command: 'add' | 'check' | 'del', { cniVersion, name, ...plugin }: typeof config = config) => {
    const list = join(node.folder, 'attachment.conflist')
    writeFileSync(list, JSON.stringify({ cniVersion, name, plugins: [plugin] }))
    const places = [`CNI_PATH=${cniPlaces(node.folder).programs}`, `CNI_CACHE=${join(node.folder, 'attachment-cache')}`]
    const env = ['env', 'POD=default/egress-3', `EGRESS_AGENT_SOCKET=${socket}`, ...places]
    return node.processes.run([...env, ...node.in('node', [EGRESS_CNI_DRIVER, command, list, containerId, namespace, 'net1'])], {
      seconds: 60
    })
  }
  const links = async () =>
    (await node.processes.must(['nsenter', `--net=${namespace}`, 'ip', '-br', 'link']))
      .split('\n')
      .flatMap(line => /^[^@ ]+/.exec(line) ?? [])

  for (const cniVersion of ['0.3.1', '0.4.0']) {
    t.match(await delegate('add', { ...config, cniVersion }), { code: 0, stdout: new RegExp(`"cniVersion": "${cniVersion}"`) }, cniVersion)
    t.match(await links(), ['lo', 'eth0', 'net1'])
    t.match(await delegate('del', { ...config, cniVersion }), { code: 0 })
    t.match(await links(), ['lo', 'eth0'])
  }

  const added = await delegate('add')
  t.equal(added.code, 0, added.output)
  const result = JSON.parse(added.stdout)
  t.match(result, {
    cniVersion: '1.0.0',
    interfaces: [{ name: 'net1', sandbox: namespace }],
    ips: [{ interface: 0, address: '192.168.12.97/24', gateway: '192.168.12.1' }]
  })
  const service = await cluster.serveService('egress-3')
  const address = pod.status?.podIP ?? ''
  await askRedirects(t, cluster, { service, pod: address }, '192.168.12.97')
  t.match(await delegate('check'), { code: 0 }, 'CHECK')
  const other = await delegate('check', { ...config, ip: { ...config.ip, destinations: ['203.0.113.26'] } })
  t.ok(other.code !== 0 && /not as it should be/.test(other.output), `CHECK compares: ${other.output.trim()}`)

  // everything that Multus says of the pod, in an order that is never the same
  const args = [
    `K8S_POD_INFRA_CONTAINER_ID=${containerId}`,
    `K8S_POD_UID=${pod.metadata.uid}`,
    'IgnoreUnknown=true',
    'K8S_POD_NAME=egress-3',
    'K8S_POD_NAMESPACE=default'
  ].join(';')
  const call = { socket, containerId, interface: 'net1', args, config }
  t.match(
    await callPlugin({ ...call, command: 'ADD', namespace }),
    { code: 0, json: result },
    'ADD again: the same, and nothing is changed'
  )
  await cluster.agent.upgrade()
  t.match(await cluster.ask('udp', address, 7777), { seen: '192.168.12.97' }, 'another agent follows')
  t.match(await delegate('check'), { code: 0 })

  t.match(await delegate('del'), { code: 0 }, 'DEL')
  t.match(await links(), ['lo', 'eth0'], 'the cluster network is what it was')
  t.match(await callPlugin({ ...call, command: 'DEL' }), { code: 0, text: '' }, 'DEL again, without the namespace')
  t.ok(await eventually(async () => (await node.macvlans()).length === 0 && node.records().length === 0), 'nothing is left')
  await cluster.kubectl(['delete', 'crd', 'network-attachment-definitions.k8s.cni.cncf.io'])
})
