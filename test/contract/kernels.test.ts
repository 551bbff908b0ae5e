// One suite, two kernels: the fake must answer what Linux answers, and what is there afterwards must be the same.
import t from 'tap'
import { FakeStage, LinuxStage } from '../kernel/stage.ts'
import { addressCases } from './cases-addresses.ts'
import { linkCases, watchedSysctls } from './cases-links.ts'
import { routeCases } from './cases-routes.ts'
import { play } from './play.ts'

for (const [name, steps] of Object.entries({ ...linkCases, ...addressCases, ...routeCases })) {
  t.test(name, async t => {
    using linux = new LinuxStage()
    using fake = new FakeStage()
    const expected = play(linux, steps, watchedSysctls)
    const played = play(fake, steps, watchedSysctls)
    t.same(played.answers, expected.answers, 'the same answers')
    t.same(played.state, expected.state, 'the same state')
  })
}
