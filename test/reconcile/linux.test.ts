// The same laws on Linux, for fewer scenes: the whole of a router converges in one run, and the kernel's own listing is in sync with it.
import fc from 'fast-check'
import t from 'tap'
import { interestOf } from '../../src/egress/compile.ts'
import { apply } from '../../src/reconcile/apply.ts'
import { printOperation } from '../../src/state/operation.ts'
import { normalize } from '../kernel/normalize.ts'
import { FakeStage, JsonStage, LinuxStage } from '../kernel/stage.ts'
import { describe } from './describe.ts'
import { foreignObjects } from './foreign.ts'
import { planAway, planFor, prepare } from './run.ts'
import { type Scene, scenes } from './scenes.ts'

const SCENES = 40
// duplicate address detection takes its second on Linux and is no matter here
const drawn = scenes.map(scene => ({ ...scene, config: { ...scene.config, conflictProbe: 'off' as const } }))

for (const [n, scene] of fc.sample(drawn, { numRuns: SCENES, seed: 4242 }).entries()) {
  t.test(`scene ${n}`, async t => {
    t.comment(describe(scene))
    // both ways of writing a table have their turn
    using linux = n % 4 === 3 ? new JsonStage() : new LinuxStage()
    using fake = new FakeStage()
    run(t, linux, scene)
    run(t, fake, scene)
    const interest = interestOf(scene.config)
    t.same(normalize(fake.kernel.observe(interest)), normalize(linux.kernel.observe(interest)), 'the fake has come to the same')
    apply(planAway(linux.kernel, scene.config), linux.kernel)
    t.same(planAway(linux.kernel, scene.config).map(printOperation), [], 'torn down')
  })
}

function run(t: Pick<typeof import('tap').default, 'same'>, stage: FakeStage | LinuxStage, scene: Scene): void {
  const { kernel } = stage
  const { config } = scene
  prepare(stage, scene)
  const before = foreignObjects(kernel.observe(interestOf(config)), scene)
  apply(planFor(kernel, config), kernel)
  t.same(planFor(kernel, config).map(printOperation), [], `${stage.kind}: nothing left to do`)
  t.same(foreignObjects(kernel.observe(interestOf(config)), scene), before, `${stage.kind}: what is foreign is the same`)
}
