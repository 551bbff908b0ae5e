// The demo is a promise to newcomers: it says what it did, and everything is as it says.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const demo = fileURLToPath(new URL('../../docs/demo/demo.ts', import.meta.url))

t.test('the demo ends well and tells what the server saw', async t => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [demo], { encoding: 'utf8', timeout: 100_000 })
  t.equal(status, 0, stdout + stderr)
  t.match(stdout, /a pod on another subnet dialled tcp 10\.128\.0\.2 port 80: 203\.0\.113\.25 port 80 saw 192\.168\.12\.99 port \d+/)
  t.match(stdout, /a pod on the same subnet dialled udp fd00:128::2 port 53: .* saw fd00:12::99/)
  t.notMatch(stdout, /✘/)
  t.match(stdout, /Everything was as announced\.\n$/)
})
