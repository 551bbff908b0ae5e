// The plugin is put beside a cluster network and taken out again: that network's own files are never touched.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { isChained } from '../../src/cni/chained.ts'
import { followConfiguration } from '../../src/cni/follow.ts'
import { silent } from '../../src/observe/log.ts'
import { eventually } from '../kit/eventually.ts'
import { Processes, root } from '../kit/process.ts'
import { shim } from './runtime.ts'

const list = `{ "cniVersion": "1.0.0", "name": "cluster", "disableCheck": true,\n  "plugins": [ { "type": "bridge" }, {"type":"portmap"} ] }\n\n`

function open(t: Test, files: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'egress-install-'))
  const [binaries, configurations] = [join(folder, 'bin'), join(folder, 'net.d')]
  for (const path of [binaries, configurations]) mkdirSync(path)
  const processes = new Processes()
  t.teardown(async () => {
    await processes.endAll()
    rmSync(folder, { recursive: true, force: true })
  })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o640 })
  const run = (command: string, ...args: string[]) =>
    processes.run([`${root}bin/egress-router`, 'agent', command, '--bin-dir', binaries, '--conf-dir', configurations, ...args])
  const state = () =>
    Object.fromEntries(
      [binaries, configurations].flatMap(place =>
        readdirSync(place).map(name => {
          const path = join(place, name)
          return [`${place.slice(folder.length + 1)}/${name}`, `${statSync(path).mode.toString(8)} ${readFileSync(path, 'latin1')}`]
        })
      )
    )
  const json = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'))
  return { run, state, json, folder }
}

t.test('chained after the cluster network, and out again', async t => {
  const { run, state, json, folder } = open(t, { 'net.d/10-cluster.conflist': list, 'net.d/20-other.conf': '{}', 'net.d/notes.txt': 'x' })
  const before = state()
  t.match(await run('install-cni'), { code: 0, stdout: /bin\/egress-router\n.*00-egress-router\.conflist\n/ })
  const between = state()
  t.same({ ...between, ...before }, between, 'what was there is as it was')
  t.same(
    Object.keys(between).filter(name => !(name in before)),
    ['bin/egress-router', 'net.d/00-egress-router.conflist']
  )
  t.same(json('net.d/00-egress-router.conflist'), {
    cniVersion: '1.0.0',
    name: 'cluster',
    disableCheck: true,
    plugins: [
      { type: 'bridge' },
      { type: 'portmap' },
      { type: 'egress-router', capabilities: { 'io.kubernetes.cri.pod-annotations': true } }
    ]
  })
  t.ok(readFileSync(shim).equals(readFileSync(join(folder, 'bin/egress-router'))))
  t.equal(statSync(join(folder, 'bin/egress-router')).mode & 0o777, 0o755)
  const { ino } = statSync(join(folder, 'net.d/00-egress-router.conflist'))
  t.match(await run('install-cni'), { code: 0 }, 'again')
  t.same(state(), between)
  t.equal(statSync(join(folder, 'net.d/00-egress-router.conflist')).ino, ino, 'and not written again: a runtime would load it again')
  t.match(await run('uninstall-cni'), { code: 0 })
  t.same(state(), before, 'byte for byte as before')
  t.match(await run('uninstall-cni'), { code: 0 }, 'again')
  t.match(await run('install-cni', 'extra'), { code: 2, stderr: /see egress-router agent install-cni --help/ })
  t.same(state(), before)
})

t.test('numbers of the cluster network stay as they are written', async t => {
  const { run, folder } = open(t, {
    'net.d/10-cluster.conflist': list.replace('"bridge"', '"bridge", "id": 12345678901234567890, "rate": 1.50')
  })
  await run('install-cni')
  t.match(readFileSync(join(folder, 'net.d/00-egress-router.conflist'), 'utf8'), /"id": 12345678901234567890,\s+"rate": 1\.50/)
})

t.test('follows what it extends', async t => {
  const { run, state, json, folder } = open(t, { 'net.d/10-cluster.conflist': list })
  await run('install-cni', '--socket', '/run/elsewhere/agent.sock')
  t.match(json('net.d/00-egress-router.conflist').plugins[2], { agentSocket: '/run/elsewhere/agent.sock' })
  writeFileSync(join(folder, 'net.d/10-cluster.conflist'), list.replace('portmap', 'tuning'))
  await run('install-cni')
  t.match(json('net.d/00-egress-router.conflist').plugins[1], { type: 'tuning' }, 'the network was upgraded')
  writeFileSync(join(folder, 'net.d/00-a.conf'), '{"cniVersion":"0.3.1","name":"first","type":"bridge","ipam":{}}')
  await run('install-cni')
  t.same(
    Object.keys(state()).filter(name => /egress-router\./.test(name)),
    ['net.d/00-0-egress-router.conflist'],
    'a name that comes first'
  )
  t.match(json('net.d/00-0-egress-router.conflist'), { cniVersion: '0.3.1', name: 'first', plugins: [{ type: 'bridge', ipam: {} }, {}] })
  rmSync(join(folder, 'net.d/00-a.conf'))
  rmSync(join(folder, 'net.d/10-cluster.conflist'))
  t.match(await run('install-cni'), { code: 2, stderr: /no network configuration to chain after/ })
  t.same(Object.keys(state()), ['bin/egress-router'], 'without a network to extend there is none of ours')
})

t.test('what others chain after us in our own list stays there', async t => {
  const { run, json, folder } = open(t, { 'net.d/10-cluster.conflist': list })
  const ours = 'net.d/00-egress-router.conflist'
  const types = () => json(ours).plugins.map(({ type }: { type: string }) => type)
  await run('install-cni')
  const { plugins, ...rest } = json(ours)
  const mesh = { type: 'mesh', level: 3 }
  writeFileSync(join(folder, ours), JSON.stringify({ ...rest, plugins: [...plugins, mesh] }))
  writeFileSync(join(folder, 'net.d/10-cluster.conflist'), list.replace('portmap', 'tuning'))
  await run('install-cni')
  t.same(types(), ['bridge', 'tuning', 'egress-router', 'mesh'], 'also when the network is upgraded')
  t.same(json(ours).plugins[3], mesh)
  writeFileSync(join(folder, 'net.d/10-cluster.conflist'), list.replace('portmap', 'mesh'))
  await run('install-cni')
  t.same(types(), ['bridge', 'egress-router', 'mesh'], 'once, where they want it')
  const { plugins: now } = json(ours)
  writeFileSync(join(folder, ours), JSON.stringify({ ...rest, plugins: now.slice(0, 2) }))
  writeFileSync(join(folder, 'net.d/10-cluster.conflist'), list)
  await run('install-cni')
  t.same(types(), ['bridge', 'portmap', 'egress-router'], 'and goes when they take it out')
})

t.test('Multus, which takes the first list beside its own for the cluster network', async t => {
  const { run, state, folder } = open(t, { 'net.d/10-cluster.conflist': list })
  await run('install-cni')
  writeFileSync(join(folder, 'net.d/00-multus.conf'), '{"cniVersion":"0.3.1","name":"multus-cni-network","type":"multus-shim"}')
  t.match(await run('install-cni'), { code: 2, stderr: /00-multus\.conf is of Multus[\s\S]*attachment of its own/ })
  t.same(
    Object.keys(state()).filter(name => name.startsWith('net.d')),
    ['net.d/00-multus.conf', 'net.d/10-cluster.conflist'],
    'a list of ours that was there is taken away'
  )
})

t.test("somebody else's plugin of that name comes back", async t => {
  const { run, state } = open(t, { 'bin/egress-router': '#!/bin/sh\nanother\n', 'net.d/10-cluster.conflist': list })
  const before = state()
  await run('install-cni')
  await run('install-cni')
  await run('uninstall-cni')
  t.same(state(), before)
})

t.test('what cannot be chained after is refused, and nothing is written', async t => {
  for (const [text, words] of [
    ['{', /not JSON/],
    ['{"name":"x"}', /no CNI network configuration/],
    ['{"name":"x","cniVersion":"1.0.0","plugins":[]}', /no CNI network configuration/],
    ['{"name":"x","type":"bridge"}', /CNI version 'undefined'/],
    ['{"name":"x","type":"bridge","cniVersion":"0.2.0"}', /CNI version '0\.2\.0'/]
  ] as const) {
    const { run, state } = open(t, { 'net.d/10-cluster.conf': text })
    t.match(await run('install-cni'), { code: 2, stdout: '', stderr: words })
    t.same(Object.keys(state()), ['net.d/10-cluster.conf'])
  }
  const { run, state } = open(t, { 'net.d/10-cluster.conflist': list.replace('portmap', 'egress-router') })
  t.match(await run('install-cni'), { code: 0 }, 'named there already')
  t.notOk(Object.keys(state()).some(name => name.includes('00-')))
})

t.test('a folder is no configuration, whatever its name', async t => {
  const { run, folder, json } = open(t, { 'net.d/10-cluster.conflist': list })
  mkdirSync(join(folder, 'net.d/05-folder.conflist'))
  t.match(await run('install-cni'), { code: 0 })
  t.match(json('net.d/00-egress-router.conflist'), { name: 'cluster' })
  t.ok(isChained(join(folder, 'net.d')))
})

t.test('both or neither', async t => {
  const { run, state, folder } = open(t, {})
  t.match(await run('install-cni'), { code: 2, stdout: '', stderr: /holds no network configuration to chain after/ }, 'an empty folder')
  t.same(state(), {})
  const missing = ['--conf-dir', join(folder, 'missing')]
  t.match(await run('install-cni', ...missing), { code: 2, stdout: '', stderr: /folder of network configurations cannot be read/ })
  t.same(state(), {})
  t.match(await run('install-cni', ...missing, '--no-chain'), { code: 0, stdout: /bin\/egress-router\n$/ }, 'the program alone')
  t.same(Object.keys(state()), ['bin/egress-router'])
  for (const present of [undefined, '#!/bin/sh\nanother\n', 'ERC1 of before /run/egress-router/agent.sock']) {
    const { run, folder } = open(t, { 'net.d/10-cluster.conflist': list, ...(present && { 'bin/egress-router': present }) })
    // a folder of that name is not replaced by a file: the configuration cannot be written when the program is there already
    mkdirSync(join(folder, 'net.d/00-egress-router.conflist/x'), { recursive: true })
    const files = () => [readdirSync(join(folder, 'bin')), readdirSync(join(folder, 'net.d'))]
    const before = files()
    t.match(await run('install-cni'), { code: 2, stdout: '', stderr: /net\.d cannot be written/ })
    t.same(files(), before, 'no file more and none less')
    if (present) t.equal(readFileSync(join(folder, 'bin/egress-router'), 'utf8'), present, 'the program that was there')
  }
})

t.test('an agent keeps it chained, whatever becomes of the cluster network', async t => {
  const { json, state, folder } = open(t, {})
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  followConfiguration({ configurations: join(folder, 'net.d') }, undefined, silent, stop.signal)
  t.same(state(), {}, 'nothing to chain after yet')
  t.notOk(isChained(join(folder, 'net.d')))
  const base = join(folder, 'net.d/10-cluster.conflist')
  const second = () => {
    try {
      return json('net.d/00-egress-router.conflist').plugins[1].type
    } catch {
      return 'none'
    }
  }
  writeFileSync(base, list)
  t.ok(await eventually(async () => second() === 'portmap'), 'the network appears')
  t.ok(isChained(join(folder, 'net.d')))
  writeFileSync(base, list.replace('portmap', 'tuning'))
  t.ok(await eventually(async () => second() === 'tuning'), 'it is upgraded')
  writeFileSync(join(folder, 'net.d/00-a.conf'), '{"cniVersion":"0.3.1","name":"first","type":"bridge"}')
  t.notOk(isChained(join(folder, 'net.d')), 'the runtime takes another one')
  rmSync(join(folder, 'net.d/00-a.conf'))
  t.ok(isChained(join(folder, 'net.d')))
  writeFileSync(base, '{ "half')
  await new Promise(resolve => setTimeout(resolve, 400))
  t.equal(second(), 'tuning', 'a file that is half-written changes nothing')
  rmSync(base)
  t.ok(await eventually(async () => second() === 'none'), 'it goes, and ours with it')
})

t.test('a network that removes every list but its own is not answered without end', async t => {
  const { folder } = open(t, { 'net.d/10-cluster.conflist': list })
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const told: string[] = []
  const log = { ...silent, warn: (message: string) => void told.push(message) }
  const ours = join(folder, 'net.d/00-egress-router.conflist')
  let removed = 0
  const watcher = watch(join(folder, 'net.d'), () => {
    if (!existsSync(ours)) return
    removed++
    rmSync(ours)
  })
  t.teardown(() => watcher.close())
  followConfiguration({ configurations: join(folder, 'net.d') }, undefined, log, stop.signal)
  t.ok(await eventually(async () => told.some(message => /changes again and again/.test(message)), 30), told.join())
  t.ok(removed > 1 && removed < 12, `written ${removed} times by then`)
})
