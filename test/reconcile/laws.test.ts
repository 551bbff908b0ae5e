// What holds for every configuration and every state that the namespace may be in.
import fc from 'fast-check'
import t from 'tap'
import { interestOf } from '../../src/egress/compile.ts'
import { apply } from '../../src/reconcile/apply.ts'
import { printOperation } from '../../src/state/operation.ts'
import { plug, type Step } from '../contract/steps.ts'
import { FakeStage } from '../kernel/stage.ts'
import { describe } from './describe.ts'
import { foreignObjects } from './foreign.ts'
import { planAway, planFor, prepare } from './run.ts'
import type { Scene } from './scenes.ts'
import { pod, scenes } from './scenes.ts'

const text = (operations: readonly Parameters<typeof printOperation>[0][]) => operations.map(printOperation)

function staged(scene: Scene): FakeStage {
  const stage = new FakeStage()
  prepare(stage, scene)
  return stage
}

/** Errors: the lines that are gone, and those that are new. */
function isSame(before: string, after: string, more = ''): void {
  if (before === after) return
  const [old, now] = [before.split('\n'), after.split('\n')]
  const changes = [
    ...old.filter(line => !now.includes(line)).map(line => `- ${line}`),
    ...now.filter(line => !old.includes(line)).map(line => `+ ${line}`)
  ]
  throw new Error(`${more}${changes.join('\n')}`)
}

/** A law for every scene; when one breaks it, the scene is told in the words of the product. */
const holds = (name: string, numRuns: number, law: (scene: Scene) => void, drawn = scenes) =>
  t.test(name, async t => {
    let told = ''
    const result = fc.check(
      fc.property(drawn, scene => {
        try {
          law(scene)
        } catch (error) {
          told = `${(error as Error).message}\n\nin the scene\n${describe(scene)}`
          throw error
        }
      }),
      { numRuns }
    )
    t.equal(result.failed ? `seed ${result.seed}, path ${result.counterexamplePath}: ${told}` : 'holds', 'holds', `${numRuns} scenes`)
  })

holds('after a run there is nothing to do', 300, scene => {
  const { kernel } = staged(scene)
  apply(planFor(kernel, scene.config), kernel)
  const left = text(planFor(kernel, scene.config))
  if (left.length > 0) throw new Error(left.join('\n'))
})

holds('what is foreign is the same before and after', 300, scene => {
  const { kernel } = staged(scene)
  const before = foreignObjects(kernel.observe(interestOf(scene.config)), scene)
  apply(planFor(kernel, scene.config), kernel)
  const after = foreignObjects(kernel.observe(interestOf(scene.config)), scene)
  isSame(before.join('\n'), after.join('\n'))
})

// What no undo brings back: IPv6 addresses of others on a link that goes down again, and who was the first address of a network before
// another one was promoted. With the order goes the route that the kernel makes for the first one, where that has one: a scene of several
// addresses has no address of this kind.
const undoable = scenes.map(scene => {
  const { interface: link } = scene.config
  const wasDown = scene.before.some(step => step.kind === 'plug' && step.resource.name === link && !step.resource.up)
  const mine = scene.before.filter(step => step.kind === 'address' && step.resource.link === link)
  const several = mine.length > 1 || scene.earlier !== undefined
  const isLost = (step: Step) =>
    step.kind === 'address' &&
    step.resource.link === link &&
    (step.resource.address === '192.168.12.50' ||
      (wasDown && step.resource.address.includes(':')) ||
      (several && !step.resource.noPrefixRoute && !step.resource.address.includes(':')))
  return { ...scene, before: scene.before.filter(step => !isLost(step)) }
})

holds(
  'a run that fails leaves what was there, and the next one converges',
  60,
  scene => {
    const { length } = planFor(staged(scene).kernel, scene.config)
    for (let k = 1; k <= length; k++) {
      const { kernel } = staged(scene)
      const before = kernel.dump()
      const operations = planFor(kernel, scene.config)
      kernel.failAt(k)
      let failed = false
      try {
        apply(operations, kernel)
      } catch {
        failed = true
      }
      if (!failed) throw new Error(`the fault at ${k} did not come`)
      isSame(before, kernel.dump(), `fault at ${k} of\n${text(operations).join('\n')}\n`)
      apply(planFor(kernel, scene.config), kernel)
      if (planFor(kernel, scene.config).length > 0) throw new Error(`${k}: does not converge`)
    }
  },
  undoable
)

// a link that is there is used as it comes, and left down
const fresh = scenes.map(({ config, before }) => ({
  config: { ...config, mtu: config.parent === undefined ? undefined : config.mtu },
  before: [
    ...before.filter(step => step.kind !== 'plug' || step.resource.name === 'veth9' || pod.includes(step)),
    ...(config.parent === undefined ? [plug(config.interface, {})] : [])
  ]
}))
holds(
  'set up and torn down, it is as if nothing had been',
  200,
  scene => {
    const { kernel } = staged(scene)
    const before = kernel.dump()
    apply(planFor(kernel, scene.config), kernel)
    apply(planAway(kernel, scene.config), kernel)
    isSame(before, kernel.dump())
  },
  fresh
)
