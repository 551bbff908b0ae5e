// A run that was broken off by a failing system call leaves nothing that the next run could not put right: for every network call of the agent
// in turn the call fails, and a plain run afterwards reaches the same state as if nothing had happened.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { environment } from '../kit/documentation.ts'
import { type Lab, openLab } from '../kit/laboratory.ts'
import { exits } from '../kit/outcome.ts'
import { snapshot } from '../kit/snapshot.ts'

const env = environment(['ipv4', 'ipv6'], { EGRESS_CONFLICT_PROBE: 'off' })
const calls = ['socket', 'bind', 'setsockopt', 'sendto', 'sendmsg', 'recvmsg', 'recvfrom'] as const
/** Each injected run is followed by a plain one and a clean; this bounds the time. */
const most = 28

/** How many of each call the agent's thread makes in a run from nothing. */
async function count(lab: Lab): Promise<{ call: string; of: number }[]> {
  const folder = mkdtempSync(join(tmpdir(), 'egress-calls-'))
  const file = join(folder, 'trace')
  const finished = await lab.router(env, ['run'], ['strace', '-f', '-e', `trace=${calls.join(',')}`, '-o', file])
  const lines = readFileSync(file, 'utf8').split('\n')
  rmSync(folder, { recursive: true })
  if (finished.code !== 0) throw new Error(finished.output)
  const agent = String(lines.find(line => line.includes('AF_NETLINK'))).split(' ')[0]
  const own = lines.filter(line => line.startsWith(`${agent} `))
  return calls.map(call => ({ call, of: own.filter(line => line.includes(` ${call}(`)).length }))
}

t.test('twice in a row', async t => {
  const lab = await openLab(t, { server: false })
  exits(t, await lab.router(env), 0, 'first run')
  const first = await snapshot(lab)
  exits(t, await lab.router(env), 0, 'second run')
  t.same(await snapshot(lab), first, 'the second changes nothing')
  const plan = await lab.router(env, ['plan', '--exit-code'])
  exits(t, plan, 0, 'plan --exit-code')
  t.notMatch(plan.stdout, /^\W*(ip|nft|sysctl) /m, 'no command is left to run')
  exits(t, await lab.router(env, ['check']), 0, 'check')
  await lab.must('router', ['ip', 'rule', 'del', 'priority', '1000'])
  exits(t, await lab.router(env, ['plan', '--exit-code']), 3, 'plan --exit-code after a rule was deleted')
  exits(t, await lab.router(env, ['check']), 3, 'check after a rule was deleted')
})

t.test('after any failing call', async t => {
  const lab = await openLab(t, { server: false })
  exits(t, await lab.router(env), 0, 'a run without failure')
  const wanted = await snapshot(lab)
  exits(t, await lab.router(env, ['clean']), 0, 'clean')
  const counts = await count(lab)
  exits(t, await lab.router(env, ['clean']), 0, 'clean')
  const all = counts.flatMap(({ call, of }) => Array.from({ length: of }, (_, i) => ({ call, when: i + 1 })))
  t.comment(`${all.length} calls: ${counts.map(c => `${c.call} ${c.of}`).join(', ')}`)
  t.ok(
    counts.some(c => c.call.startsWith('send') && c.of > 3),
    'the trace holds the calls of the agent'
  )
  // more than fit are sampled evenly, from another beginning in every run
  const step = Math.max(1, all.length / most)
  const begin = Math.random() * step
  const chosen = Array.from({ length: Math.min(most, all.length) }, (_, i) => all[Math.floor(begin + i * step) % all.length]).filter(
    c => !!c
  )
  for (const { call, when } of chosen) {
    const inject = [
      'strace',
      '-f',
      '--seccomp-bpf',
      '-o',
      '/dev/null',
      '-e',
      `trace=${call}`,
      '-e',
      `inject=${call}:error=ENOMEM:when=${when}`
    ]
    const broken = await lab.router(env, ['run'], inject)
    const plain = await lab.router(env)
    if (plain.code !== 0 || broken.signal) exits(t, plain, 0, `${call} ${when}: the plain run`)
    t.same(await snapshot(lab), wanted, `${call} ${when} fails (exit ${broken.code}), then a plain run`)
    await lab.router(env, ['clean'])
  }
})
