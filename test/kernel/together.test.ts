// Operations that go out together: the acknowledgements say which of them were done, and these are taken back.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { NetlinkError } from '../../src/netlink/acknowledgement.ts'
import { apply } from '../../src/reconcile/apply.ts'
import type { Operation } from '../../src/state/operation.ts'
import { add, address, up } from '../contract/steps.ts'
import { root } from '../kit/process.ts'
import { normalize } from './normalize.ts'
import { LinuxStage } from './stage.ts'

const route = (rest: object) => ({
  family: 'ipv4' as const,
  type: 'unicast' as const,
  destination: 'default',
  table: 4242,
  link: 'p0',
  gateway: '192.168.12.1',
  scope: 'global' as const,
  metric: 0,
  protocol: 101,
  ...rest
})
const rule = (priority: number) => ({ family: 'ipv4' as const, priority, table: 4242, from: '192.168.12.99/32', protocol: 101 })

const operations = [
  up('p0'),
  add('address', address('192.168.12.99/24', 'p0')),
  add('route', route({ destination: '192.168.12.0/24', gateway: undefined, scope: 'link' })),
  add('route', route({ gateway: '203.0.113.1', metric: 7 })),
  add('rule', rule(1000)),
  add('rule', rule(1001))
] as Operation[]

t.test('one is refused, those behind it are done, and all are taken back', async t => {
  using stage = new LinuxStage()
  stage.plug({ name: 'p0', up: true })
  const before = normalize(stage.kernel.observe({ sysctls: [] }))
  const { done, failure } = stage.kernel.applyAll(operations)
  t.same(
    done,
    operations.filter((_, n) => n !== 3),
    'every one but the refused'
  )
  t.equal(failure?.operation, operations[3])
  t.equal(failure?.lost, false)
  t.match(failure?.error, {
    request: 'ip route add default via 203.0.113.1 dev p0 table 4242 proto 101 metric 7',
    kernelMessage: 'Nexthop has invalid gateway'
  })
  t.ok(failure?.error instanceof NetlinkError)
  for (const operation of done.toReversed()) {
    if (operation.verb === 'add') stage.kernel.apply({ ...operation, verb: 'delete', before: operation.resource } as Operation)
  }
  t.same(normalize(stage.kernel.observe({ sysctls: [] })), before)
  t.throws(() => apply(operations, stage.kernel), { message: /Nexthop has invalid gateway/ })
  t.same(normalize(stage.kernel.observe({ sysctls: [] })), before, 'apply takes them back by itself')
})

t.test('more than fit into one datagram', async t => {
  using stage = new LinuxStage()
  stage.plug({ name: 'p0', up: true })
  const many = Array.from({ length: 150 }, (_, n) => add('rule', rule(2000 + n)) as Operation)
  const mixed = [...many.slice(0, 100), operations[3] as Operation, ...many.slice(100)]
  const { done, failure } = stage.kernel.applyAll(mixed)
  t.equal(done.length, 150)
  t.equal(failure?.operation, operations[3])
  t.equal(stage.kernel.observe({ sysctls: [] }).rules.filter(entry => entry.protocol === 101).length, 150)
})

t.test('an answer that is lost', async t => {
  using stage = new LinuxStage()
  stage.plug({ name: 'p0', up: true })
  const before = normalize(stage.kernel.observe({ sysctls: [] }))
  const folder = mkdtempSync(join(tmpdir(), 'egress-lost-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'trace')
  const script = `
    import { openLinux } from '${root}src/kernel/linux.ts'
    import { apply } from '${root}src/reconcile/apply.ts'
    try {
      apply(${JSON.stringify(operations.filter((_, n) => n !== 3))}, openLinux())
      console.log('done')
    } catch (error) {
      console.log(error.code, error.message)
    }`
  const run = (...inject: string[]) => {
    const node = [process.execPath, '--input-type=module-typescript', '-e', script]
    const traced = ['strace', '-f', '-e', 'trace=sendto,recvfrom', '-o', file, ...inject, ...node]
    return spawnSync('nsenter', [`--net=/run/netns/${stage.name}`, '--', ...traced], { encoding: 'utf8' }).stdout
  }
  // the first call sends everything; the index of the link is no matter of messages
  t.match(run('-e', 'inject=recvfrom:error=ENOMEM:when=1'), /ESYSCALL recvfrom: ENOMEM/)
  t.same(normalize(stage.kernel.observe({ sysctls: [] })), before, 'what may have happened is taken back, too')
  t.match(run('-e', 'inject=sendto:error=ENOMEM:when=1'), /ESYSCALL sendto: ENOMEM/)
  t.same(normalize(stage.kernel.observe({ sysctls: [] })), before, 'what was never sent is not there')
  t.equal(run(), 'done\n')
  t.equal(readFileSync(file, 'utf8').match(/sendto\(/g)?.length, 1, 'one call does it all')
})
