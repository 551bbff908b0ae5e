// A destination list with one mistake changes nothing at all, and the mistake is named by its line.
import t from 'tap'
import { environment, ipv4 } from '../kit/documentation.ts'
import { openLab } from '../kit/laboratory.ts'
import { exits, refuses } from '../kit/outcome.ts'
import { snapshot } from '../kit/snapshot.ts'

const good = Array.from({ length: 60 }, (_, i) => `${1000 + i} tcp ${ipv4.destinations[i % 3]}`)
const bad = good.with(39, '1039 tcp 203.0.113.256')
const env = (lines: readonly string[]) => environment(['ipv4'], { EGRESS_DESTINATION: lines.join('\n'), EGRESS_CONFLICT_PROBE: 'off' })

t.test('on a fresh pod', async t => {
  const lab = await openLab(t, { server: false })
  const before = await snapshot(lab)
  refuses(t, await lab.router(env(bad)), 2, 'run', /line 40\b/, /203\.0\.113\.256/)
  t.same(await snapshot(lab), before, 'nothing has changed')
})

t.test('on a pod that is set up', async t => {
  const lab = await openLab(t, { server: false })
  exits(t, await lab.router(env(good)), 0, 'the good list')
  const before = await snapshot(lab)
  refuses(t, await lab.router(env(bad)), 2, 'run', /line 40\b/)
  t.same(await snapshot(lab), before, 'nothing has changed')
})

t.test('every mistake at once', async t => {
  const lab = await openLab(t, { server: false })
  const before = await snapshot(lab)
  const worse = bad.with(54, '70000 tcp 203.0.113.25')
  refuses(t, await lab.router(env(worse)), 2, 'run', /line 40\b/, /line 55\b/)
  t.same(await snapshot(lab), before, 'nothing has changed')
})
