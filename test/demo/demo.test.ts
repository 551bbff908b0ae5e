// The demo is a promise to newcomers: it says what it did, everything is as it says, and a router with a mistake does not get away with it.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))
const demo = path('docs/demo/demo.ts')

const run = (env: Readonly<Record<string, string>> = {}) =>
  spawnSync(process.execPath, [demo], { encoding: 'utf8', timeout: 100_000, env: { ...process.env, ...env } })

const namespacesOf = (pid: number | undefined) =>
  spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter(name => name.startsWith(`er${pid}n`))

t.test('the demo ends well and tells what the server saw', async t => {
  const { status, stdout, stderr, pid } = run()
  t.equal(status, 0, stdout + stderr)
  t.match(stdout, /a pod on another subnet dialled tcp 10\.128\.0\.2 port 80: 203\.0\.113\.25 port 80 saw 192\.168\.12\.99 port \d+/)
  t.match(stdout, /a pod on the same subnet dialled udp fd00:128::2 port 53: .* saw fd00:12::99/)
  t.match(stdout, /✔ udp to 10\.128\.0\.10 port 8080, a pod behind the router, routed through it: no answer/)
  t.match(stdout, /✔ the LAN heard by ARP request "192\.168\.12\.99 is at /)
  t.notMatch(stdout, /✘/)
  t.notMatch(stdout, '\u001b', 'no colours where nobody looks at a terminal')
  t.match(stdout, /Everything was as announced\.\n$/)
  t.same(namespacesOf(pid), [])
})

t.test('a router that sends elsewhere is found out', async t => {
  const program = join(t.testdir(), 'egress-router')
  writeFileSync(
    program,
    `#!/bin/sh\nexport EGRESS_DESTINATION='203.0.113.26\n2001:db8:113::25'\nexec '${path('bin/egress-router')}' "$@"\n`
  )
  chmodSync(program, 0o755)
  const { status, stdout, stderr } = run({ EGRESS_ROUTER_PROGRAM: program })
  t.equal(status, 1, stdout + stderr)
  t.match(stdout, /✘ a pod on another subnet dialled udp 10\.128\.0\.2 port 53: 203\.0\.113\.26 port 53 saw .*\(but: /, 'it is named')
  t.match(stdout, /✔ a pod on another subnet dialled udp fd00:128::2 port 53/, 'and only it')
  t.match(stdout, /6 things were not as announced\.\n$/)
})

t.test('Ctrl-C leaves nothing', async t => {
  const child = spawn(process.execPath, [demo], { stdio: ['ignore', 'pipe', 'ignore'] })
  let told = ''
  for await (const chunk of child.stdout) {
    told += chunk
    if (/✔ the plan was made/.test(told)) break
  }
  t.ok(namespacesOf(child.pid).length > 0, 'the laboratory is up')
  const end = once(child, 'exit')
  child.kill('SIGINT')
  t.not((await end)[0], 0)
  t.same(namespacesOf(child.pid), [])
})
