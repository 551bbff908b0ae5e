// What the kernel in memory offers to tests beyond a kernel.
import t from 'tap'
import { FakeKernel } from '../../src/kernel/fake.ts'
import type { Change } from '../../src/kernel/kernel.ts'
import type { Operation } from '../../src/state/operation.ts'
import { broken, whole } from '../contract/rulesets.ts'
import { add, address, change, lastRoute, rule, up } from '../contract/steps.ts'

const apply = (kernel: FakeKernel, step: ReturnType<typeof add>) => kernel.apply(step as Operation)

t.test('the k-th change fails, once, and changes nothing', async t => {
  const kernel = new FakeKernel()
  kernel.failAt(2)
  apply(kernel, add('rule', rule()))
  const before = kernel.dump()
  t.throws(() => apply(kernel, add('route', lastRoute('ipv4'))), { code: 'ENETLINK' })
  t.equal(kernel.dump(), before)
  apply(kernel, add('route', lastRoute('ipv4')))
  kernel.failAt(1)
  t.throws(() => kernel.apply({ kind: 'ruleset', verb: 'add', resource: whole }), { code: 'ENFTABLES' })
})

t.test('what is refused changes nothing and tells nothing', async t => {
  const kernel = new FakeKernel()
  const stop = new AbortController()
  const changes = kernel.changes(stop.signal)
  const before = kernel.dump()
  for (const bad of Object.values(broken)) t.throws(() => kernel.apply({ kind: 'ruleset', verb: 'add', resource: bad }))
  t.throws(() => apply(kernel, add('address', address('192.168.12.99/24'))))
  t.equal(kernel.dump(), before)
  apply(kernel, add('rule', rule()))
  const heard: Change[] = []
  for await (const told of changes) {
    heard.push(told)
    break
  }
  t.same(heard, [{ kind: 'rule' }], 'the first that is told is the first that was done')
  stop.abort()
})

t.test('a state that was observed stays as it was', async t => {
  const kernel = new FakeKernel()
  kernel.plug({ name: 'macvlan0', up: true })
  const observed = kernel.observe({ sysctls: ['net/ipv4/ip_forward'] })
  const copy = structuredClone(observed)
  apply(kernel, add('address', address('192.168.12.99/24')))
  apply(kernel, change('sysctl', { key: 'net/ipv4/ip_forward', value: '1' }))
  apply(kernel, up('macvlan0', 1400))
  t.same(observed, copy)
})

t.test('/proc/sys read-only', async t => {
  const kernel = new FakeKernel()
  kernel.sysctlsReadOnly = true
  t.throws(() => apply(kernel, change('sysctl', { key: 'net/ipv4/ip_forward', value: '1' })), { code: 'ESYSCTL', message: /EROFS/ })
  t.equal(kernel.observe({ sysctls: ['net/ipv4/ip_forward'] }).sysctlsReadOnly, true)
})

t.test('the dump does not depend on the order of events', async t => {
  const steps = [add('rule', rule()), add('rule', rule({ priority: 7 })), add('route', lastRoute('ipv4')), add('route', lastRoute('ipv6'))]
  const dumpOf = (order: typeof steps) => {
    const kernel = new FakeKernel()
    for (const step of order) apply(kernel, step)
    return kernel.dump()
  }
  t.equal(dumpOf(steps), dumpOf(steps.toReversed()))
})
