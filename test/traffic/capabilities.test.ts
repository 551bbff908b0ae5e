// NET_ADMIN and NET_RAW are enough. What is missing is named together with the way to grant it, and nothing is left half-made.
import t from 'tap'
import { environment } from '../kit/documentation.ts'
import { openLab } from '../kit/laboratory.ts'
import { exits, refuses } from '../kit/outcome.ts'
import { snapshot } from '../kit/snapshot.ts'

const env = environment(['ipv4', 'ipv6'])
const only = (...capabilities: string[]) => [
  'setpriv',
  '--bounding-set',
  ['-all', ...capabilities.map(c => `+${c}`)].join(','),
  '--inh-caps',
  '-all'
]

t.test('NET_ADMIN and NET_RAW, nothing else', async t => {
  const lab = await openLab(t)
  exits(t, await lab.router(env, ['run'], only('net_admin', 'net_raw')), 0, 'run')
  t.match(await lab.ask('client', 'tcp', '10.128.0.2', 80), { seen: '192.168.12.99' })
  t.match(await lab.ask('client', 'tcp', 'fd00:128::2', 80), { seen: 'fd00:12::99' })
  exits(t, await lab.router(env, ['clean'], only('net_admin', 'net_raw')), 0, 'clean')
})

t.test('without NET_ADMIN', async t => {
  const lab = await openLab(t, { server: false })
  const before = await snapshot(lab)
  for (const capabilities of [only('net_raw'), only()]) {
    refuses(t, await lab.router(env, ['run'], capabilities), 4, 'run', /NET_ADMIN/, /securityContext|capabilities|cap-add/)
  }
  t.same(await snapshot(lab), before, 'nothing has changed')
})

t.test('without NET_RAW', async t => {
  const lab = await openLab(t)
  const finished = await lab.router(env, ['run'], only('net_admin'))
  t.match(finished.stderr, /NET_RAW/, 'it says what cannot be done')
  if (finished.code === 0) t.match(await lab.ask('client', 'tcp', '10.128.0.2', 80), { seen: '192.168.12.99' }, 'and works')
})

/** A container's /proc/sys: to be read only. */
const readOnly = ['unshare', '-m', 'sh', '-ec', 'mount --bind /proc/sys /proc/sys; mount -o remount,ro,bind /proc/sys; exec "$@"', 'sh']

t.test('/proc/sys that cannot be written', async t => {
  t.test('the values are right already', async t => {
    const lab = await openLab(t)
    exits(t, await lab.router(env), 0, 'a first run, which may write')
    const { sysctls } = await snapshot(lab)
    await lab.must('router', ['nft', 'delete', 'table', 'inet', 'egress_router'])
    exits(t, await lab.router(env, ['run'], readOnly), 0, 'a second, which may not')
    t.equal((await snapshot(lab)).sysctls, sysctls)
    t.match(await lab.ask('client', 'tcp', '10.128.0.2', 80), { seen: '192.168.12.99' })
  })

  t.test('the node has forwarding off', async t => {
    const lab = await openLab(t, { server: false })
    const before = await snapshot(lab)
    const finished = await lab.router(env, ['run'], readOnly)
    t.ok(finished.code, 'a failure', { finished })
    t.match(finished.stderr, /net[./]ipv4[./]ip_forward/, 'it names the sysctl')
    t.same(await snapshot(lab), before, 'nothing is half-made')
  })
})
