// The agent starts no other program: after the launcher's exec of node there is no exec, and every clone is a thread.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { environment } from '../kit/documentation.ts'
import { openLab } from '../kit/laboratory.ts'
import { exits } from '../kit/outcome.ts'

const processCalls = 'trace=execve,execveat,fork,vfork,clone,clone3'
const env = environment(['ipv4', 'ipv6'])

for (const args of [['run'], ['plan'], ['clean']]) {
  t.test(args.join(' '), async t => {
    const lab = await openLab(t, { server: false })
    const folder = mkdtempSync(join(tmpdir(), 'egress-trace-'))
    t.teardown(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'trace')
    exits(t, await lab.router(env, args, ['strace', '-f', '-e', processCalls, '-o', file]), 0, args.join(' '))
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
  })
}
