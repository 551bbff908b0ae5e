// For how long the event loop is held up while thousands of redirects are set up, replaced and repaired: told, not judged.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { createLink, type EgressConfig, openRouter, parseConfig } from '../../src/index.ts'
import { openStage } from './stage.ts'

const MANY = 10_000

const config = (round: number): EgressConfig =>
  parseConfig({
    values: {
      source: '192.168.12.99/24',
      gateway: '192.168.12.1',
      destination: Array.from({ length: MANY }, (_, i) => `${i + 1} tcp 203.0.${i % 200}.${round} ${i + round}`).join('\n'),
      conflictProbe: 'off'
    }
  }).config

/** For how long this thread has waited for a processor that others had, in milliseconds: proc_pid_schedstat(5). */
const waited = () => Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[1]) / 1e6

/** The longest gaps between the ticks of a timer while `work` goes on, in milliseconds, without what the machine gave to others. */
async function gaps(work: () => Promise<unknown>): Promise<{ took: number; longest: number[] }> {
  const found: number[] = []
  const begun = performance.now()
  let [last, before] = [begun, waited()]
  let over = false
  const tick = () => {
    const [now, after] = [performance.now(), waited()]
    found.push(now - last - (after - before))
    last = now
    before = after
    if (!over) setTimeout(tick, 0)
  }
  setTimeout(tick, 0)
  await work()
  const took = performance.now() - begun
  over = true
  tick()
  return { took, longest: found.toSorted((a, b) => b - a).slice(0, 5) }
}

const tell = (name: string, { took, longest }: { took: number; longest: number[] }) =>
  t.comment(`${name}: ${took.toFixed(0)} ms; the loop stood still for ${longest.map(gap => gap.toFixed(1)).join(', ')} ms at most`)

t.test(`${MANY} redirects`, async t => {
  const stage = openStage(t)
  createLink({ namespace: stage.pods[0] as string, parentNamespace: stage.node, parent: 'up0', name: 'macvlan0', mode: 'bridge' })
  const configs = [1, 2, 3, 4].map(config)
  using router = openRouter({ namespace: stage.pods[0], config: configs[0] as EgressConfig })
  tell('nothing at all, for comparison', await gaps(() => new Promise(resolve => setTimeout(resolve, 500))))
  tell('set up', await gaps(() => router.setUp()))
  tell('set up again, nothing to do', await gaps(() => router.setUp()))
  for (const next of configs.slice(1)) {
    router.reconfigure(next)
    tell('every target replaced', await gaps(() => router.setUp()))
    t.same(router.plan().operations, [], 'in sync')
  }
  const stop = new AbortController()
  const watching = router.watch(stop.signal)
  await new Promise(resolve => setTimeout(resolve, 300))
  tell(
    'reconfigured while it is watched',
    await gaps(async () => {
      router.reconfigure(configs[0] as EgressConfig)
      await new Promise(resolve => setTimeout(resolve, 1500))
    })
  )
  t.same(router.plan().operations, [], 'in sync')
  stop.abort()
  await watching
})
