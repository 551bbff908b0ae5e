// The library looks after routers in other namespaces; the process itself stays where it is.
import { spawn } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { createLink, openRouter, parseConfig, silent } from '../../src/index.ts'
import { openStage, type Stage } from './stage.ts'

const config = (source = '192.168.12.99/24') =>
  parseConfig({ values: { source, gateway: '192.168.12.1', destination: '80 tcp 203.0.113.25', conflictProbe: 'off' } }).config

const own = () => readlinkSync('/proc/self/ns/net')
const make = ({ node, pods }: Stage) =>
  createLink({ namespace: pods[0] as string, parentNamespace: node, parent: 'up0', name: 'macvlan0', mode: 'bridge' })

t.test('plan, set up, view, take down', async t => {
  const stage = openStage(t)
  make(stage)
  const home = own()
  using router = openRouter({ namespace: stage.pods[0], config: config() })
  t.ok(router.plan().operations.length > 10)
  t.ok((await router.setUp()).operations.length > 10)
  t.same(router.plan().operations, [], 'in sync')
  t.same((await router.setUp()).operations, [], 'again: nothing to do')
  t.match(router.view(), { link: { owned: true, up: true }, redirects: [{ protocol: 'tcp', port: 80, destination: '203.0.113.25:80' }] })
  router.reconfigure(config('192.168.12.98/24'))
  await router.setUp()
  t.same(
    router.view().addresses.map(entry => entry.address),
    ['192.168.12.98']
  )
  router.tearDown()
  t.match(router.view(), { present: false, link: undefined })
  t.equal(own(), home, 'the process is where it was')
})

t.test('two in two namespaces watch and repair, each its own', async t => {
  const stage = openStage(t, 2)
  const stop = new AbortController()
  const [first, second] = stage.pods as [string, string]
  for (const namespace of stage.pods)
    createLink({ namespace, parentNamespace: stage.node, parent: 'up0', name: 'macvlan0', mode: 'bridge' })
  using one = openRouter({ namespace: first, config: config() })
  using two = openRouter({ namespace: second, config: config('192.168.12.98/24') })
  await Promise.all([one.setUp(), two.setUp()])
  const watching = Promise.all([one.watch(stop.signal), two.watch(stop.signal)])
  stage.ip(first, 'link', 'set', 'macvlan0', 'down')
  stage.ip(second, 'addr', 'flush', 'dev', 'macvlan0')
  const deadline = Date.now() + 10_000
  while ((one.plan().operations.length > 0 || two.plan().operations.length > 0) && Date.now() < deadline)
    await new Promise(resolve => setTimeout(resolve, 50))
  t.same([one.plan().operations, two.plan().operations], [[], []])
  stop.abort()
  await watching
})

t.test('watched again, the router hears and speaks by a port of its own', async t => {
  const stage = openStage(t)
  make(stage)
  const said: string[] = []
  using router = openRouter({ namespace: stage.pods[0], config: config(), log: { ...silent, warn: text => said.push(text) } })
  await router.setUp()
  for (let time = 0; time < 3; time++) {
    const stop = new AbortController()
    const watching = router.watch(stop.signal)
    await new Promise(resolve => setTimeout(resolve, 200))
    stop.abort()
    await watching
  }
  t.same(said, [])
})

t.test('a few other redirects are in force at once while the router is watched, in a table of many', async t => {
  const stage = openStage(t)
  make(stage)
  const list = (target: string, ...more: string[]) =>
    parseConfig({
      values: {
        source: '192.168.12.99/24',
        gateway: '192.168.12.1',
        destination: [...Array.from({ length: 3000 }, (_, i) => `${i + 1} tcp 203.0.113.${i === 79 ? target : '25'}`), ...more].join('\n'),
        conflictProbe: 'off'
      }
    }).config
  const stop = new AbortController()
  using router = openRouter({ namespace: stage.pods[0], config: list('25') })
  await router.setUp()
  const watching = router.watch(stop.signal)
  const place = () => router.view().redirects.find(redirect => redirect.port === 80)?.destination
  // a look that finds nothing to do has settled that the namespace is as it should be
  await new Promise(resolve => setTimeout(resolve, 500))
  t.equal(place(), '203.0.113.25:80')
  router.reconfigure(list('26'))
  t.equal(place(), '203.0.113.26:80', 'changed before the call returns')
  router.reconfigure(list('27', '5000 udp 203.0.113.9'))
  t.equal(place(), '203.0.113.27:80', 'and again, with another that comes')
  t.same(router.plan().operations, [], 'in sync')
  router.reconfigure(list('27'))
  t.same(router.plan().operations, [], 'and goes')
  stop.abort()
  await watching
})

t.test('the example of the documentation', async t => {
  const stage = openStage(t, 2)
  const example = fileURLToPath(new URL('../../docs/embedding/two-routers.ts', import.meta.url))
  const argv = [`--net=/run/netns/${stage.node}`, '--', process.execPath, example, ...stage.pods, 'up0']
  const running = spawn('nsenter', argv, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  for await (const chunk of running.stdout) {
    output += chunk
    if (/^ready$/m.test(output)) running.kill('SIGTERM')
  }
  const code = running.exitCode ?? (await new Promise(resolve => running.once('exit', resolve)))
  t.equal(code, 0, output)
  t.match(output, /ip route add default via 192\.168\.12\.1 dev macvlan0 table 4242 proto 101/)
  for (const pod of stage.pods) t.notMatch(stage.ip(pod, 'link', 'show'), /macvlan0/, 'taken down')
})
