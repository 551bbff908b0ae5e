// Two runs at the same moment, as when an operator types what the pod is just doing: both succeed, and what they leave is whole.
import t from 'tap'
import { environment, values } from '../kit/documentation.ts'
import { openLab } from '../kit/laboratory.ts'
import { exits } from '../kit/outcome.ts'

const env = environment(['ipv4', 'ipv6'], { EGRESS_CONFLICT_PROBE: 'off' })

t.test('at once', async t => {
  const lab = await openLab(t)
  for (let round = 1; round <= 4; round++) {
    for (const finished of await Promise.all([lab.router(env), lab.router(env), lab.router(env)]))
      exits(t, finished, 0, `run, round ${round}`)
    exits(t, await lab.router(env, ['check']), 0, 'check')
    for (const { pod, source } of Object.values(values)) t.match(await lab.ask('client', 'tcp', pod, 80), { seen: source }, pod)
    for (const finished of await Promise.all([lab.router({}, ['clean']), lab.router({}, ['clean'])])) exits(t, finished, 0, 'clean')
  }
})
