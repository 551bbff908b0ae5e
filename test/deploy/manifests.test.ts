// The manifests of deploy/: the least rights in each form, and the chart is what kustomize makes.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import { agentSettings } from '../../src/config/agent-settings.ts'
import { parseListenAddress } from '../../src/config/listen.ts'
import { parsePolicy } from '../../src/kubernetes/policy-file.ts'
import { root } from '../kit/process.ts'

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly data?: Record<string, string>
}

const read = (path: string) => readFileSync(join(root, 'deploy', path), 'utf8')
const has = (program: string, argument: string) => spawnSync(program, [argument]).status === 0
const kustomize = has('kubectl', 'help')
const go = has('go', 'version')

const manifestsOf = (text: string): Manifest[] =>
  parseAllDocuments(text).flatMap(document => {
    const manifest = document.toJS() as Manifest | null
    return manifest ? [manifest] : []
  })

function kustomized(folder = 'kustomize'): Manifest[] {
  const { stdout, stderr, status } = spawnSync('kubectl', ['kustomize', join(root, 'deploy', folder)], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return manifestsOf(stdout)
}

function rendered(values: object, namespace = 'egress-router'): Manifest[] {
  const chart = parse(read('helm/Chart.yaml')) as { appVersion: string }
  const input = JSON.stringify({
    Values: { ...parse(read('helm/values.yaml')), ...values },
    Chart: { AppVersion: chart.appVersion },
    Release: { Namespace: namespace }
  })
  const { stdout, stderr, status } = spawnSync('go', ['run', join(root, 'test/deploy/render.go'), join(root, 'deploy/helm/templates')], {
    input,
    encoding: 'utf8',
    env: { ...process.env, GO111MODULE: 'off', GOFLAGS: '' }
  })
  if (status !== 0) throw new Error(stderr)
  return manifestsOf(stdout)
}

interface Role extends Manifest {
  readonly rules?: { readonly resources: string[]; readonly resourceNames?: string[]; readonly verbs: string[] }[]
}

interface Container {
  readonly name: string
  readonly securityContext: object
  readonly imagePullPolicy?: string
}

interface DaemonSet extends Manifest {
  readonly spec: { readonly template: { readonly spec: { readonly containers: Container[] } } }
}

/** Comparable: lists of what has a name in the order of the names, and without what only the chart says. */
function daemonSet(manifests: readonly Manifest[]): DaemonSet {
  const named = (value: unknown): value is Container[] => Array.isArray(value) && value.every(entry => typeof entry?.name === 'string')
  return JSON.parse(JSON.stringify(find(manifests, 'DaemonSet')), (key, value) => {
    if (key === 'imagePullPolicy') return undefined
    return named(value) ? value.toSorted((a, b) => a.name.localeCompare(b.name)) : value
  })
}

const find = (manifests: readonly Manifest[], kind: string) => manifests.find(manifest => manifest.kind === kind) as Manifest

t.test(
  'the chart with its default values is what kustomize makes',
  { skip: kustomize && go ? false : 'it takes kubectl and go' },
  async t => {
    const [chart, other] = [rendered({}), kustomized()]
    t.same(
      chart.map(({ kind }) => kind).toSorted(),
      other
        .map(({ kind }) => kind)
        .filter(kind => kind !== 'Namespace')
        .toSorted()
    )
    for (const kind of ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding']) t.same(find(chart, kind), find(other, kind), kind)
    for (const kind of ['Role', 'RoleBinding']) t.same(find(chart, kind), find(other, kind), kind)
    const policyIn = (manifests: readonly Manifest[]) =>
      parsePolicy(find(manifests, 'ConfigMap').data?.['policy.yaml'] ?? '', 'policy.yaml')
    t.same(policyIn(chart), policyIn(other), 'policy')
    t.ok(JSON.stringify(find(chart, 'DaemonSet')).includes('"imagePullPolicy":"IfNotPresent"'))
    t.same(daemonSet(chart), daemonSet(other))
    const [unchained, watching] = [rendered({ cni: { enabled: false } }), kustomized('kustomize-watch')]
    t.same(daemonSet(unchained), daemonSet(watching), 'without the plugin')
    for (const manifests of [unchained, watching]) {
      t.notOk(/cni|EGRESS_DAEMON_SET/.test(JSON.stringify(manifests)), 'nothing of it is left')
      t.notOk(manifests.some(({ kind }) => kind === 'Role' || kind === 'RoleBinding'))
    }
  }
)

t.test('the overlay of docs/kubernetes.md', { skip: kustomize ? false : 'it takes kubectl' }, async t => {
  const [, overlay = ''] = /```yaml\n(apiVersion: kustomize[\s\S]*?)```/.exec(readFileSync(join(root, 'docs/kubernetes.md'), 'utf8')) ?? []
  const folder = mkdtempSync(join(tmpdir(), 'egress-overlay-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  cpSync(join(root, 'deploy/kustomize'), join(folder, 'base'), { recursive: true })
  mkdirSync(join(folder, 'mine'))
  writeFileSync(join(folder, 'mine/policy.yaml'), 'privilegedPods: false\n')
  writeFileSync(join(folder, 'mine/kustomization.yaml'), overlay.replace('../egress-router/deploy/kustomize', '../base'))
  const { stdout, stderr } = spawnSync('kubectl', ['kustomize', join(folder, 'mine')], { encoding: 'utf8' })
  const manifests = manifestsOf(stdout)
  t.match(JSON.stringify(find(manifests, 'DaemonSet') ?? stderr), '"image":"registry.example/egress-router:0.1.0"')
  t.same(find(manifests, 'ConfigMap'), {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'egress-router-policy', namespace: 'egress-router' },
    data: { 'policy.yaml': 'privilegedPods: false\n' }
  })
})

t.test('other values', { skip: go ? false : 'it takes go' }, async t => {
  const rules = [{ namespaces: ['shop'], may: ['router'], sources: ['192.168.12.96/28'] }]
  const manifests = rendered(
    {
      policy: { privilegedPods: false, rules },
      runtime: { folder: '/run/crio', socket: 'crio.sock' },
      listen: { address: '0.0.0.0', port: 9999 },
      debug: true,
      podMonitor: { enabled: true }
    },
    'other'
  )
  for (const { kind, metadata } of manifests) if (!kind.startsWith('Cluster')) t.equal(metadata.namespace, 'other', kind)
  t.match(parsePolicy(find(manifests, 'ConfigMap').data?.['policy.yaml'] ?? '', 'p'), {
    privilegedPods: false,
    rules: [{ namespaces: ['shop'] }]
  })
  const text = JSON.stringify(find(manifests, 'DaemonSet'))
  for (const part of [
    '"/run/container-runtime/crio.sock"',
    '"/run/crio"',
    '"0.0.0.0:9999"',
    '"containerPort":9999',
    '"host":"127.0.0.1","port":9999',
    'EGRESS_ROUTER_DEBUG'
  ]) {
    t.ok(text.includes(part), part)
  }
  t.ok(find(manifests, 'PodMonitor'))
})

t.test('an IPv6 address to listen on', { skip: go ? false : 'it takes go' }, async t => {
  for (const [address, listens, probed] of [
    ['::1', '[::1]:9180', '::1'],
    ['::', '[::]:9180', '::1'],
    ['fd00::5', '[fd00::5]:9180', 'fd00::5']
  ] as const) {
    const text = JSON.stringify(find(rendered({ listen: { address, port: 9180 } }), 'DaemonSet'))
    t.ok(text.includes(`"value":"${listens}"`), listens)
    t.same(parseListenAddress(listens)?.port, 9180)
    t.equal(text.split(`"httpGet":{"host":"${probed}","port":9180`).length, 4, `three probes at ${probed}`)
  }
})

t.test('the schema of the values knows each of them', async t => {
  const schema = JSON.parse(read('helm/values.schema.json')) as { properties: Record<string, { properties?: Record<string, unknown> }> }
  const values = parse(read('helm/values.yaml')) as Record<string, unknown>
  for (const [key, value] of Object.entries(values)) {
    t.ok(schema.properties[key], key)
    const inner = schema.properties[key]?.properties
    if (inner && value !== null && typeof value === 'object') for (const name of Object.keys(value)) t.ok(inner[name], `${key}.${name}`)
  }
})

t.test('the agent has the rights that it needs and no others', async t => {
  const daemon = parse(read('kustomize/daemon-set.yaml'))
  const { hostPID, hostIPC, containers } = daemon.spec.template.spec
  t.same([hostPID, hostIPC, containers.length], [undefined, undefined, 1])
  t.same(containers[0].securityContext, {
    runAsUser: 0,
    privileged: false,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'], add: ['NET_ADMIN', 'NET_RAW', 'SYS_ADMIN'] },
    seccompProfile: { type: 'RuntimeDefault' }
  })
  const writable = containers[0].volumeMounts.filter((mount: { readOnly?: boolean }) => !mount.readOnly)
  t.same(
    writable.map(({ mountPath }: { mountPath: string }) => mountPath),
    ['/run/egress-router', '/host/proc/sys/net', '/host/cni/bin', '/host/cni/net.d']
  )
  const variables = Object.values(agentSettings).map(({ variable }) => variable)
  for (const { name } of containers[0].env) t.ok((variables as string[]).includes(name), `${name} is a setting of the agent`)
  const roles = manifestsOf(read('kustomize/role.yaml')) as unknown as Role[]
  t.same(
    roles.flatMap(({ kind, rules = [] }) =>
      rules.map(({ resources, resourceNames = ['any'], verbs }) => `${kind}: ${resources} ${verbs} ${resourceNames}`)
    ),
    [
      'ClusterRole: pods get,list,watch any',
      'ClusterRole: pods/status patch any',
      'ClusterRole: namespaces list,watch any',
      'ClusterRole: events create,patch any',
      'Role: daemonsets get egress-router'
    ]
  )
  t.same(parsePolicy(read('kustomize/policy.yaml'), 'policy.yaml'), { privilegedPods: true, rules: [] })
})
