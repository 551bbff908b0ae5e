// A program of somebody else's that uses the package: each step by itself, then the whole, in a namespace that it looks at from outside.
import {
  apply,
  type Change,
  compile,
  createLink,
  type EgressConfig,
  EgressRouterError,
  interestOf,
  type LinuxKernel,
  openLinux,
  openRouter,
  type Plan,
  parseConfig,
  plan,
  print,
  undo
} from 'egress-router'

const [namespace = '', node = ''] = process.argv.slice(2)
const values = { source: '192.168.12.99/24', gateway: '192.168.12.1', destination: ['80 tcp 203.0.113.25', '203.0.113.27'] }
const { config }: { config: EgressConfig } = parseConfig({ values: { ...values, conflictProbe: 'off' } })

const { name: link } = createLink({ namespace, parentNamespace: node, parent: 'up0', name: 'macvlan0', mode: 'bridge' })

const wanted = (kernel: LinuxKernel): Plan => {
  const observed = kernel.observe(interestOf(config))
  return plan(compile(config, observed), observed)
}

async function stepByStep(): Promise<{ left: number; heard: boolean }> {
  using kernel = openLinux({ namespace })
  const stop = new AbortController()
  const first: Promise<IteratorResult<Change>> = kernel.changes(stop.signal)[Symbol.asyncIterator]().next()
  const { done } = apply(wanted(kernel).operations, kernel)
  const left = wanted(kernel).operations.length
  const heard = (await first).done === false
  stop.abort()
  undo(done, kernel)
  return { left, heard }
}

/** Resolves when nothing is left to do. */
async function inSync(router: { plan(): Plan }): Promise<boolean> {
  for (let tries = 0; tries < 200; tries++) {
    if (router.plan().operations.length === 0) return true
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  return false
}

async function whole(): Promise<{ repaired: boolean; present: boolean }> {
  using router = openRouter({ namespace, config })
  if (!print(router.plan()).includes('ip route add default via 192.168.12.1')) throw new Error(print(router.plan()))
  await router.setUp()
  const stop = new AbortController()
  const watching = router.watch(stop.signal)
  using kernel = openLinux({ namespace })
  for (const resource of kernel.observe({ sysctls: [] }).rules.filter(rule => rule.protocol === 101))
    kernel.apply({ kind: 'rule', verb: 'delete', resource, before: resource })
  const repaired = await inSync(router)
  stop.abort()
  await watching
  router.tearDown()
  return { repaired, present: router.view().present }
}

function foreign(): { code: string } {
  try {
    using _ = openLinux({ namespace: `${namespace}-nobody` })
    return { code: 'none' }
  } catch (error) {
    return { code: error instanceof EgressRouterError ? error.code : String(error) }
  }
}

process.stdout.write(JSON.stringify({ link, ...(await stepByStep()), ...(await whole()), foreign: foreign() }))
