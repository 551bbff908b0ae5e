// The agent starts no other program: after the launcher's exec of node there is no exec, and every clone is a thread.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { environment } from '../kit/documentation.ts'
import { openLab } from '../kit/laboratory.ts'
import { exits } from '../kit/outcome.ts'
import type { Finished } from '../kit/process.ts'

const processCalls = 'trace=execve,execveat,fork,vfork,clone,clone3'
const env = environment(['ipv4', 'ipv6'])

async function noneBegun(t: Test, what: string, run: (wrap: readonly string[]) => Promise<Finished>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'egress-trace-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'trace')
  exits(t, await run(['strace', '-f', '-e', processCalls, '-o', file]), 0, what)
  const calls = readFileSync(file, 'utf8').split('\n')
  const succeeded = calls.filter(line => / = \d+$/.test(line))
  const node = succeeded.findLastIndex(line => /execve\("[^"]*node"/.test(line))
  t.ok(node >= 0, 'the exec of node is in the trace', { calls })
  const later = succeeded.slice(node + 1)
  t.same(
    later.filter(line => !/\bclone3?\(.*CLONE_THREAD/.test(line) && !/<\.\.\. clone3? resumed>/.test(line)),
    [],
    'nothing but threads after it'
  )
  const begun = calls
    .filter(line => /\b(clone3?|v?fork|execveat?)\(.*<unfinished/.test(line))
    .filter(line => !line.includes('CLONE_THREAD'))
  t.same(begun, [], 'also among the calls that were interrupted')
}

for (const args of [['run'], ['plan'], ['clean']]) {
  t.test(args.join(' '), async t => {
    const lab = await openLab(t, { server: false })
    await noneBegun(t, args.join(' '), wrap => lab.router(env, args, wrap))
  })
}

t.test('a router that stays, and repairs', async t => {
  const lab = await openLab(t, { server: false })
  await noneBegun(t, 'run', async wrap => {
    const running = lab.startRouter({ ...env, EGRESS_ROUTER_MODE: 'legacy' }, ['run'], wrap)
    await running.shows(/"ready"/)
    await lab.must('router', ['ip', 'rule', 'del', 'priority', '1000'])
    await running.shows(/"repaired"/)
    // strace is what we have started; the router is its child
    const [router] = readFileSync(`/proc/${running.pid}/task/${running.pid}/children`, 'utf8').split(' ')
    process.kill(Number(router), 'SIGTERM')
    return running.finished
  })
})
