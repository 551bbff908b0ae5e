// The harness is right: what its peers do leads connections to the same places, its output is what it promises, and nothing of it stays.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { openShelf, putTable } from '../../bench/artefacts.ts'
import { peersOf } from '../../bench/catalog.ts'
import { type List, makeList, SOURCE } from '../../bench/lists.ts'
import type { Need } from '../../bench/obtain/needs.ts'
import { obtain } from '../../bench/obtain/obtain.ts'
import { type Journey, openJourney } from '../../bench/place/journey.ts'
import { makePod, removeAll } from '../../bench/place/namespace.ts'
import { startProgram } from '../../bench/place/program.ts'
import { mustHold } from '../../bench/place/state.ts'
import { listJob } from '../../bench/questions/job.ts'
import type { Way } from '../../bench/questions/ways.ts'

process.once('exit', removeAll)

const root = fileURLToPath(new URL('../../', import.meta.url))
const left = (pid: number | undefined) =>
  spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter(name => name.startsWith(`egb${pid}n`))

/** What is large is not installed for a test; small things are. */
const large: readonly Need[] = ['go-nftables', 'go-link', 'pyroute2']
const small: readonly Need[] = ['run', 'floor', 'libnftables', 'load', 'iptables']
const missing = new Map([...obtain(small, true, console.error).missing, ...obtain(large, false, console.error).missing])

const lists: readonly [List, List] = [makeList(40, 0), makeList(40, 1)]
const place = ({ address, targetPort }: List[number]) => `${address}:${targetPort} saw ${SOURCE}`

/** A server outside that says where a connection arrived and from whom. */
const server = `
const ports = JSON.parse(process.argv[1])
let open = 0
for (const port of ports) require('node:net').createServer(s => s.end(s.localAddress + ':' + s.localPort + ' saw ' + s.remoteAddress))
  .listen(port, '0.0.0.0', () => ++open === ports.length && console.log('ready'))`

async function arrivals(
  t: { teardown(ending: () => unknown): unknown },
  form: 'ours' | 'iptables'
): Promise<{ journey: Journey; dial: (port: number) => string }> {
  const journey = await openJourney(form)
  const ports = [...new Set(lists.flat().map(({ targetPort }) => targetPort))]
  const child = spawn('nsenter', [`--net=${journey.outside.path}`, process.execPath, '-e', server, JSON.stringify(ports)])
  t.teardown(async () => {
    child.kill()
    await journey.end()
  })
  await once(child.stdout, 'data')
  const dial = (port: number) =>
    journey.cluster.must(['timeout', '5', 'bash', '-c', `exec 3<>/dev/tcp/${journey.address}/${port}; cat <&3`])
  return { journey, dial }
}

t.test('every peer of install leads the same connections to the same places', async t => {
  const shelf = openShelf()
  t.teardown(() => shelf[Symbol.dispose]())
  const scratch = makePod('scratch')
  const job = listJob(lists)
  const file = await job.write(shelf, scratch, true)
  const ours = await arrivals(t, 'ours')
  const iptables = await arrivals(t, 'iptables')
  for (const { name, needs } of peersOf('install')) {
    const reason = needs.install?.flatMap(need => missing.get(need) ?? [])[0]
    await t.test(name, reason ? { skip: `NOT TESTED: ${reason}` } : {}, async t => {
      const { form, argv, load, go } = job.ways[name] as Way
      const { journey, dial } = form === 'table' ? ours : iptables
      // the product's peer has its own idea of the pod's links, so it works where the product is set up
      job.begin(journey.pod, form)
      const program = await startProgram(journey.pod, argv)
      for (const line of load(file)) await program.ask(line)
      for (const version of [0, 1] as const) {
        t.ok((await program.time(go(version, file))) > 1000, 'takes a time')
        mustHold(journey.pod, form, lists[version])
        for (const index of [0, 17, 39]) {
          const entry = lists[version][index] as List[number]
          t.equal(dial(entry.port), place(entry), `version ${version}, port ${entry.port}`)
        }
      }
      await program.end()
      if (form === 'iptables-legacy') journey.pod.must(['iptables-legacy', '-t', 'nat', '-F'])
      else if (form === 'iptables-nft') journey.pod.must(['iptables', '-t', 'nat', '-F'])
    })
  }
})

t.test('a result that is wrong is an error', async t => {
  const pod = makePod('wrong')
  putTable(pod, lists[0])
  t.doesNotThrow(() => mustHold(pod, 'table', lists[0]))
  t.throws(() => mustHold(pod, 'table', lists[1]), /its result is wrong/)
  t.throws(() => mustHold(pod, 'table', lists[0].slice(1)), /its result is wrong: 40 redirects instead of 39/)
  t.throws(() => mustHold(pod, 'table', lists[0], 'other rules'), /chains or rules/)
  pod.remove()
})

t.test('npm run bench prints one JSON document and nothing else', async t => {
  const { stdout, stderr, status } = spawnSync(
    'npm',
    ['run', 'bench', '--', 'install', '--sizes', '1,20', '--peers', 'floor,nft', '--runs', '2', '--output', 'json'],
    { cwd: root, encoding: 'utf8' }
  )
  t.equal(status, 0, stderr)
  const document = JSON.parse(stdout) as { install: Record<string, unknown>[] }
  t.same(Object.keys(document), ['install'])
  t.same(
    document.install.map(({ peer, n, runs }) => [peer, n, runs]),
    [1, 20].flatMap(n => ['ours', 'floor', 'nft'].map(peer => [peer, n, 2]))
  )
  for (const { p50_us, p99_us } of document.install) {
    t.ok(typeof p50_us === 'number' && p50_us > 0)
    t.ok(typeof p99_us === 'number' && p99_us >= (p50_us as number))
  }
})

t.test('the other questions have the same form, and leave no namespace', async t => {
  for (const [question, ...more] of [
    ['change', '--sizes', '3', '--peers', 'floor,nft'],
    ['link', '--peers', 'ours-agent,ip-batch,ip'],
    ['path', '--sizes', '3', '--peers', 'rules']
  ] as const) {
    const child = spawn(process.execPath, [`${root}bench/main.ts`, question, ...more, '--runs', '1', '--output', 'json'])
    let text = ''
    let words = ''
    child.stdout.on('data', chunk => {
      text += chunk
    })
    child.stderr.on('data', chunk => {
      words += chunk
    })
    const [code] = await once(child, 'close')
    t.equal(code, 0, words)
    const rows = (JSON.parse(text) as Record<string, Record<string, unknown>[]>)[question] ?? []
    t.ok(
      rows.some(({ peer }) => peer === 'ours'),
      question
    )
    for (const row of rows) t.match(row, { peer: String, n: Number, runs: Number, p50_us: Number, p99_us: Number })
    t.same(left(child.pid), [])
  }
})

t.test('interrupted, it takes its namespaces and programs with it', async t => {
  const child = spawn(process.execPath, [`${root}bench/main.ts`, 'install', '--sizes', '500', '--peers', 'floor', '--runs', '9999'])
  const closed = once(child, 'close')
  const deadline = Date.now() + 20_000
  while (left(child.pid).length < 3 && Date.now() < deadline) await new Promise(resolve => setTimeout(resolve, 50))
  await new Promise(resolve => setTimeout(resolve, 1500))
  t.ok(left(child.pid).length >= 3, 'it is at work')
  child.kill('SIGINT')
  const [code] = await closed
  t.equal(code, 130)
  t.same(left(child.pid), [])
})
