// A `clean` while the router still runs is final: the running router does not put back what was taken away on purpose.
import t from 'tap'
import { environment } from '../kit/documentation.ts'
import { openLab } from '../kit/laboratory.ts'
import { exits } from '../kit/outcome.ts'
import { snapshot } from '../kit/snapshot.ts'

const env = environment(['ipv4', 'ipv6'], { EGRESS_ROUTER_MODE: 'legacy' })

t.test('clean while the router runs stays clean', async t => {
  const lab = await openLab(t, { server: false })
  const before = await snapshot(lab)
  const running = lab.startRouter(env)
  await running.shows(/ready/)
  exits(t, await lab.router(env, ['clean']), 0, 'clean')
  t.same(await snapshot(lab), before, 'clean')
  // give it reasons to look again: changes of links and tables that are not ours
  for (const alias of ['nudge', '']) {
    await lab.must('router', ['ip', 'link', 'set', 'eth0', 'alias', alias])
    await lab.must('router', ['nft', 'add table ip nudge; delete table ip nudge'])
    await new Promise(resolve => setTimeout(resolve, 700))
  }
  t.same(await snapshot(lab), before, 'still clean')
  await running.end()
})
