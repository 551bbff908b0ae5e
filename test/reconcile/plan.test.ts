// A state is in sync with itself: what is desired, once observed, needs nothing.
import fc from 'fast-check'
import t from 'tap'
import { compile } from '../../src/egress/compile.ts'
import { FakeKernel } from '../../src/kernel/fake.ts'
import { plan } from '../../src/reconcile/plan.ts'
import { print } from '../../src/reconcile/print.ts'
import type { DesiredState, ObservedState } from '../../src/state/state.ts'
import { configs } from './configs.ts'

const asObserved = ({ links, addresses, routes, rules, sysctls, ruleset }: DesiredState): ObservedState => ({
  links: links.map((link, n) => ({ ...link, index: n + 2, mtu: link.mtu ?? 1500, carrier: true, operationalState: 'up' })),
  addresses,
  routes,
  rules: rules.map(rule => ({ ...rule, complex: false })),
  sysctls,
  ruleset
})

t.test('plan(s, s) is empty', async () => {
  const kernel = new FakeKernel()
  kernel.plug({ name: 'eth0', up: true })
  const observed = kernel.observe({ sysctls: [] })
  fc.assert(
    fc.property(configs, config => {
      const desired = compile(config, observed)
      return print(plan(desired, asObserved(desired))) === ''
    }),
    { numRuns: 300 }
  )
})
