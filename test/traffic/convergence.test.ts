// A run that was broken off by a failing system call leaves nothing that the next run could not put right: a network call of the agent fails,
// and a plain run afterwards reaches the same state as if nothing had happened.
// A plain run of this file takes a dozen of the calls; with EGRESS_EVERY_CALL=1 and TAP_TIMEOUT=600 it takes all of them (two minutes).
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { environment } from '../kit/documentation.ts'
import { freshPod } from '../kit/fresh-pod.ts'
import { type Lab, openLab } from '../kit/laboratory.ts'
import { exits } from '../kit/outcome.ts'
import { snapshot } from '../kit/snapshot.ts'

const env = environment(['ipv4', 'ipv6'], { EGRESS_CONFLICT_PROBE: 'off' })
const calls = ['socket', 'bind', 'setsockopt', 'getsockname', 'sendto', 'sendmsg', 'recvmsg', 'recvfrom', 'poll', 'ppoll'] as const

type Call = { readonly call: string; readonly when: number }

/** The calls of the agent's thread in a run from nothing, each with its place among its like: what `inject=…:when=` counts. */
async function agentCalls(lab: Lab): Promise<Call[]> {
  const folder = mkdtempSync(join(tmpdir(), 'egress-calls-'))
  const file = join(folder, 'trace')
  const finished = await lab.router(env, ['run'], ['strace', '-f', '-e', `trace=${calls.join(',')}`, '-o', file])
  const lines = readFileSync(file, 'utf8').split('\n')
  rmSync(folder, { recursive: true })
  if (finished.code !== 0) throw new Error(finished.output)
  const agent = String(lines.find(line => line.includes('AF_NETLINK'))).split(' ')[0]
  const seen = new Map<string, number>()
  const found: Call[] = []
  let begun = false
  for (const line of lines.filter(line => line.startsWith(`${agent} `))) {
    const call = /^\d+ +(\w+)\(/.exec(line)?.[1]
    if (call === undefined) continue
    seen.set(call, (seen.get(call) ?? 0) + 1)
    begun ||= line.includes('AF_NETLINK')
    if (begun) found.push({ call, when: seen.get(call) as number })
  }
  return found
}

/** `most` of a list, evenly spread: the same ones in every run. */
function sample<T>(all: readonly T[], most: number): T[] {
  const step = Math.max(1, all.length / most)
  return all.filter((_, i) => i === 0 || Math.floor(i / step) !== Math.floor((i - 1) / step))
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
  const fresh = await freshPod(lab)
  exits(t, await lab.router(env), 0, 'a run without failure')
  const wanted = await snapshot(lab)
  await fresh()
  const all = await agentCalls(lab)
  t.ok(all.filter(c => c.call.startsWith('send')).length > 5, 'the trace holds the calls of the agent', { all })
  const chosen = process.env.EGRESS_EVERY_CALL ? all : sample(all, 12)
  t.comment(`${all.length} calls of the agent, ${chosen.length} of them fail`)
  for (const { call, when } of chosen) {
    await fresh()
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
    t.not(broken.signal, 'SIGKILL', `${call} ${when} fails: the run ends`, { output: broken.output })
    const plain = await lab.router(env)
    if (plain.code !== 0) exits(t, plain, 0, `${call} ${when}: the plain run`)
    t.same(await snapshot(lab), wanted, `${call} ${when} fails (exit ${broken.code}), then a plain run`)
  }
})
