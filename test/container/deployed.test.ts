// The examples of deploy/ as containers: the rights, sysctls and settings that a file says, and no more, make a router that works.
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { environment, ipv4 } from '../kit/documentation.ts'
import { eventually } from '../kit/eventually.ts'
import { openLab } from '../kit/laboratory.ts'
import { exits } from '../kit/outcome.ts'
import { type ConfigMap, objects, type Pod, podOf, record, routerOf } from './example.ts'
import { Podman } from './podman.ts'
import { serves } from './serves.ts'
import { whyNot } from './settings.ts'

const skip = whyNot()

/** A pod's words in podman's. */
function optionsOf(pod: Pod): string[] {
  const { capabilities, readOnlyRootFilesystem, allowPrivilegeEscalation, runAsUser } = routerOf(pod).securityContext
  return [
    `--user=${runAsUser}`,
    `--read-only=${readOnlyRootFilesystem}`,
    '--read-only-tmpfs=false',
    ...(allowPrivilegeEscalation ? [] : ['--security-opt=no-new-privileges']),
    ...capabilities.drop.map(name => `--cap-drop=${name}`),
    ...(capabilities.add ?? []).map(name => `--cap-add=${name}`),
    ...pod.spec.securityContext.sysctls.map(({ name, value }) => `--sysctl=${name}=${value}`)
  ]
}

t.test('legacy.yaml', { skip }, async t => {
  const lab = await openLab(t)
  const podman = new Podman(t, lab)
  const name = lab.name('router')
  const pod = podOf('legacy.yaml')
  exits(t, await podman.router(name, record(routerOf(pod).env), ['--detach', ...optionsOf(pod)]), 0, 'podman run')
  const probe = ['exec', name, 'egress-router', 'check']
  t.ok(await eventually(async () => (await podman.run(...probe)).code === 0), 'its readiness probe')
  await serves(t, lab, 'legacy.yaml', ['ipv4'])
})

t.test('config-map.yaml: a changed list takes effect in the running container', { skip }, async t => {
  const lab = await openLab(t)
  const podman = new Podman(t, lab)
  const pod = podOf('config-map.yaml')
  const { data } = objects('config-map.yaml').find((object): object is ConfigMap => object.kind === 'ConfigMap') as ConfigMap
  const folder = t.testdir()
  // as the kubelet lays out and exchanges a ConfigMap: a link to a folder, replaced by renaming another one over it
  const write = (version: string, text: string) => {
    mkdirSync(join(folder, version))
    writeFileSync(join(folder, version, 'destination'), text)
    symlinkSync(version, join(folder, '..new'))
    renameSync(join(folder, '..new'), join(folder, '..data'))
  }
  write('..1', data.destination as string)
  symlinkSync('..data/destination', join(folder, 'destination'))
  const volume = `--volume=${folder}:${routerOf(pod).volumeMounts?.[0]?.mountPath}:ro`
  const env = { ...record(routerOf(pod).env), EGRESS_CONFLICT_PROBE: 'off' }
  exits(t, await podman.router(lab.name('router'), env, ['--detach', volume, ...optionsOf(pod)]), 0, 'podman run')
  const reaches = (port: number, address: string) =>
    eventually(async () => (await lab.ask('client', 'tcp', ipv4.pod, port)).at === address || undefined)
  t.ok(await reaches(8080, ipv4.destinations[1]), 'a redirect of the list')
  t.ok(await reaches(7, ipv4.destinations[2]), 'its fallback')
  write('..2', `8080 tcp ${ipv4.destinations[0]} 80\n`)
  t.ok(await reaches(8080, ipv4.destinations[0]), 'the redirect of the new list')
  t.same(await lab.ask('client', 'tcp', ipv4.pod, 7), { error: 'ECONNREFUSED' }, 'which has no fallback')
})

t.test('privileged, with no sysctl set from outside', { skip }, async t => {
  const lab = await openLab(t)
  exits(t, await new Podman(t, lab).router(lab.name('router'), environment(['ipv4', 'ipv6']), ['--privileged']), 0, 'podman run')
  await serves(t, lab, 'privileged')
})
