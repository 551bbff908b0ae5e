// What the agent may do in the cluster, asked with its own token: what its role names, and nothing else.
import t from 'tap'
import { Cluster } from './cluster.ts'
import type { KubeObject } from './kubectl.ts'
import { skip } from './node.ts'
import { unprivileged } from './pods.ts'

interface Secret extends KubeObject {
  readonly type: string
  readonly data: { readonly token: string }
}

t.test("the role's limits", { skip }, async t => {
  const cluster = await Cluster.open(t)
  t.after(() => cluster.deletePods('victim'))
  await cluster.create(unprivileged({ name: 'victim', annotations: {} }))
  const { items } = await cluster.read<{ items: Secret[] }>(['-n', 'egress-router', 'secrets'])
  const secret = items.find(({ type, metadata }) => type.endsWith('service-account-token') && metadata.name.startsWith('egress-router-'))
  const token = Buffer.from(secret?.data.token ?? '', 'base64').toString()
  t.ok(token.length > 100, 'a token of its service account')
  const as = (...argv: string[]) => {
    const server = ['--server=https://10.128.0.1:6443', `--certificate-authority=${cluster.node.folder}/ca.crt`, `--token=${token}`]
    return cluster.node.processes.run(cluster.node.in('node', ['kubectl', '--kubeconfig=/dev/null', ...server, ...argv]))
  }
  // kubectl would read the subresource first, which the agent may not
  const patchStatus = (body: string) => {
    const headers = ['-H', `Authorization: Bearer ${token}`, '-H', 'Content-Type: application/strategic-merge-patch+json']
    const url = 'https://10.128.0.1:6443/api/v1/namespaces/default/pods/victim/status'
    const curl = [
      'curl',
      '-s',
      '-w',
      '\n%{http_code}',
      '--cacert',
      `${cluster.node.folder}/ca.crt`,
      ...headers,
      '-X',
      'PATCH',
      '-d',
      body,
      url
    ]
    return cluster.node.processes.must(cluster.node.in('node', curl))
  }
  const allowed = [
    ['get', 'pods', '-A'],
    ['get', 'namespaces']
  ]
  for (const argv of allowed) t.match(await as(...argv), { code: 0 }, argv.slice(0, 3).join(' '))
  const forbidden = [
    ['get', 'secrets', '-A'],
    ['get', 'configmaps', '-A'],
    ['get', 'nodes'],
    ['delete', 'pod', 'victim'],
    ['label', 'pod', 'victim', 'a=b'],
    ['patch', 'pod', 'victim', '-p', '{"spec":{"containers":[{"name":"pause","image":"evil"}]}}'],
    ['run', 'other', '--image=x'],
    ['patch', 'node', 'node1', '-p', '{"metadata":{"labels":{"a":"b"}}}'],
    ['-n', 'egress-router', 'delete', 'daemonset', 'egress-router'],
    ['get', 'events', '-A']
  ]
  for (const argv of forbidden) {
    const { code, output } = await as(...argv)
    t.ok(code !== 0 && /Forbidden/.test(output), `${argv.join(' ')}: ${output.trim()}`)
  }
  t.match(await patchStatus('{"metadata":{"annotations":{"egress-router.io/status":"x"}}}'), /\n200$/, 'its words on a pod')
  await patchStatus('{"spec":{"containers":[{"name":"pause","image":"evil"}]}}')
  const { spec } = await cluster.read<{ spec: { containers: { image: string }[] } }>(['pod/victim'])
  t.not(spec.containers[0]?.image, 'evil', 'the right on the status changes nothing of what a pod runs')
})

t.test('the manifests as the API server sees them', { skip }, async t => {
  const cluster = await Cluster.open(t)
  const { output, code } = await cluster.tryKubectl(['apply', '--dry-run=server', '-k', 'deploy/kustomize'])
  t.match({ code, output }, { code: 0, output: /daemonset\.apps\/egress-router/ })
  const { spec } = await cluster.read<{ spec: { template: { spec: Record<string, unknown> } } }>([
    '-n',
    'egress-router',
    'daemonset/egress-router'
  ])
  const pod = spec.template.spec as { hostPID?: boolean; containers: { securityContext: object }[] }
  t.notOk(pod.hostPID)
  t.match(pod.containers[0]?.securityContext, {
    privileged: false,
    readOnlyRootFilesystem: true,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'], add: ['NET_ADMIN', 'NET_RAW', 'SYS_ADMIN'] }
  })
  const metrics = await cluster.node.processes.must(cluster.node.in('node', ['curl', '-sf', 'http://127.0.0.1:9180/metrics']))
  t.match(metrics, /^egress_router_agent_ready 1$/m)
  t.match(metrics, /^egress_router_agent_chained 1$/m)
  t.match(await cluster.node.processes.must(cluster.node.in('node', ['curl', '-sf', 'http://127.0.0.1:9180/readyz'])), 'ok')
})
