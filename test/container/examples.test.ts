// The examples of deploy/ are sound: YAML that Kubernetes takes, settings that the product knows, no right too many.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { run } from '../commands/spawn.ts'
import { type ConfigMap, files, objects, podOf, record, routerOf, type Service } from './example.ts'

/** What the product makes of the container's environment; its files are those of the ConfigMap. */
function understood(t: { testdir(): string }, file: string) {
  const router = routerOf(podOf(file))
  const map = objects(file).find((object): object is ConfigMap => object.kind === 'ConfigMap')
  const folder = t.testdir()
  for (const [name, text] of Object.entries(map?.data ?? {})) writeFileSync(join(folder, name), text)
  const here = (text: string) => (router.volumeMounts ?? []).reduce((path, { mountPath }) => path.replace(mountPath, folder), text)
  const env = Object.fromEntries(Object.entries(record(router.env)).map(([name, value]) => [name, here(value)]))
  return run(['config', '--output', 'json'], { env })
}

for (const file of files) {
  t.test(file, async t => {
    const pod = podOf(file)
    t.equal(pod.metadata.annotations['pod.network.openshift.io/assign-macvlan'], 'true', 'the annotation is text, not a truth value')

    const { code, stdout, lines } = understood(t, file)
    t.same({ code, lines }, { code: 0, lines: [] }, 'the product takes the settings without a word')
    const { mode, sources, redirects, fallbacks } = JSON.parse(stdout)
    t.equal(mode, file === 'init.yaml' ? 'init' : 'legacy')
    t.match(sources, [{ address: '192.168.12.99', gateway: '192.168.12.1' }])
    t.equal(fallbacks.length, 1)

    t.match(routerOf(pod).securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'], add: ['NET_ADMIN', 'NET_RAW'] }
    })
    const others = pod.spec.containers.filter(container => container !== routerOf(pod))
    for (const { name, securityContext } of others) t.same(securityContext.capabilities, { drop: ['ALL'] }, `${name} has no right`)
    for (const { value } of pod.spec.securityContext.sysctls) t.type(value, 'string', 'values of sysctls are text')

    const service = objects(file).find((object): object is Service => object.kind === 'Service')
    if (service) {
      t.match(pod.metadata.labels, service.spec.selector, 'the Service finds the pod')
      const listed = new Set(service.spec.ports.map(({ port }) => port))
      const local = (redirects as { port: number }[]).map(({ port }) => port)
      t.same(
        local.filter(port => !listed.has(port)),
        [],
        'and lists every redirect'
      )
    }
  })
}

t.test('the ways to give sysctls agree', async t => {
  const [first, ...others] = files.map(file => podOf(file).spec.securityContext.sysctls)
  for (const other of others) t.same(other, first)
})
