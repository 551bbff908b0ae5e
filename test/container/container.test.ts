// The image as it is deployed: two capabilities, nothing writable, no new privileges, sysctls from outside. Real packets, real signals.
import { readlinkSync } from 'node:fs'
import t from 'tap'
import { environment } from '../kit/documentation.ts'
import { eventually } from '../kit/eventually.ts'
import { openLab } from '../kit/laboratory.ts'
import { exits, refuses } from '../kit/outcome.ts'
import { snapshot } from '../kit/snapshot.ts'
import { presetSysctls } from './least-sysctls.ts'
import { leastPrivilege, Podman, variables } from './podman.ts'
import { rootNamespace } from './root-namespace.ts'
import { serves } from './serves.ts'
import { image, whyNot } from './settings.ts'

const families = ['ipv4', 'ipv6'] as const
const legacy = environment(families, { EGRESS_ROUTER_MODE: 'legacy' })
const skip = whyNot()
const before = rootNamespace()
if (skip) process.stderr.write(`SKIPPED test/container: ${skip}\n`)

t.test('legacy, with the least rights', { skip }, async t => {
  const lab = await openLab(t)
  const podman = new Podman(t, lab)
  const name = lab.name('router')
  await presetSysctls(lab)
  exits(t, await podman.router(name, legacy, ['--detach', ...leastPrivilege]), 0, 'podman run')
  t.ok(await eventually(async () => (await podman.run('logs', name)).output.includes('"ready"')), 'it becomes ready')
  await serves(t, lab, 'running')
  exits(t, await podman.run('exec', name, 'egress-router', 'check'), 0, 'check inside, as a probe would')
  const before = performance.now()
  exits(t, await podman.run('stop', '--time=30', name), 0, 'podman stop')
  const seconds = (performance.now() - before) / 1000
  t.ok(seconds < 10, `it ended because it was told to, not because podman lost patience: ${seconds.toFixed(2)} s`)
  t.equal(await podman.inspect(name, '{{.State.ExitCode}}'), '0', 'exit code')
  await serves(t, lab, 'stopped, and the pod still there')
})

t.test('a pause after the set-up, with the least rights', { skip }, async t => {
  const lab = await openLab(t)
  const podman = new Podman(t, lab)
  const name = lab.name('router')
  await presetSysctls(lab)
  exits(t, await podman.router(name, { ...legacy, EGRESS_AFTER: 'pause' }, ['--detach', ...leastPrivilege]), 0, 'podman run')
  const program = async () => readlinkSync(`/proc/${await podman.inspect(name, '{{.State.Pid}}')}/exe`)
  t.ok(await eventually(async () => (await program()).endsWith('/dist/native/pause')), 'process 1 is the program of the image')
  await serves(t, lab, 'pausing')
  exits(t, await podman.run('exec', name, 'egress-router', 'check'), 0, 'check inside')
  exits(t, await podman.run('stop', '--time=30', name), 0, 'podman stop')
  t.equal(await podman.inspect(name, '{{.State.ExitCode}}'), '0', 'exit code')
})

t.test('another user, where the runtime gives ambient capabilities', { skip }, async t => {
  const lab = await openLab(t)
  await presetSysctls(lab)
  const options = ['--user=1000:1000', ...leastPrivilege]
  exits(t, await new Podman(t, lab).router(lab.name('router'), environment(families), options), 0, 'podman run')
  await serves(t, lab, 'uid 1000')
})

t.test('an init container of a pod, and then a pause', { skip }, async t => {
  const lab = await openLab(t)
  const podman = new Podman(t, lab)
  const name = lab.name('router')
  await presetSysctls(lab)
  await podman.pod(name)
  await podman.member(name, `${name}-init`, ['--init-ctr=always', ...leastPrivilege, ...variables(environment(families))])
  await podman.member(name, `${name}-pause`, ['--cap-drop=ALL'], ['sh', '-c', 'trap "exit 0" TERM; sleep infinity & wait'])
  exits(t, await podman.run('pod', 'start', name), 0, 'pod start')
  t.equal(await podman.inspect(`${name}-init`, '{{.State.Status}} {{.State.ExitCode}}'), 'exited 0', 'the init container')
  t.equal(await podman.inspect(`${name}-pause`, '{{.State.Status}}'), 'running', 'the pause')
  await serves(t, lab, 'initialized')
})

t.test('what is missing is named', { skip }, async t => {
  const lab = await openLab(t, { server: false })
  const podman = new Podman(t, lab)
  const name = lab.name('router')
  const before = await snapshot(lab)
  const unset = await podman.router(`${name}-sysctls`, legacy, leastPrivilege)
  refuses(t, unset, 1, 'sysctls not set from outside', /net\.ipv4\.ip_forward/, /read-only/)
  refuses(t, await podman.router(`${name}-rights`, legacy, ['--read-only']), 4, 'ordinary capabilities', /NET_ADMIN/)
  t.same(await snapshot(lab), before, 'nothing is half-made')
})

t.test('the root namespace', { skip }, async t => t.equal(rootNamespace(), before, 'is as it was'))

t.test('the image', { skip }, async t => {
  const lab = await openLab(t, { server: false })
  const [{ Config: config }] = JSON.parse(await new Podman(t, lab).must('image', 'inspect', image)) as [{ Config: Record<string, unknown> }]
  t.match(config, {
    Entrypoint: ['egress-router', 'run'],
    StopSignal: 'SIGTERM',
    Labels: { 'org.opencontainers.image.licenses': 'Apache-2.0' }
  })
})
