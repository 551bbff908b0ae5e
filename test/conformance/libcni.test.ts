// The plugin under the real libcni, as container runtimes carry it: alone and chained after the standard bridge plugin, by every version
// that this libcni knows. Needs the shared laboratory's driver beside the checkout; what it does not know (STATUS, GC) is called directly.
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openNode } from '../agent/node.ts'
import { network, shim } from '../cni/runtime.ts'
import { Processes, root } from '../kit/process.ts'
import { openStage } from '../router/stage.ts'

const driver = `${root}../shared/lab/cni/cnidrv.sh`
const missing = existsSync(driver) ? false : 'SKIPPED: the laboratory beside the checkout is missing, so libcni was not tried'
if (missing) process.stderr.write(`${missing}\n`)

t.test('libcni', { skip: missing, timeout: 300_000 }, async t => {
  const stage = openStage(t, 1)
  const node = openNode(t, stage.node)
  const agent = await node.start()
  const processes = new Processes()
  t.teardown(() => processes.endAll())
  const plugins = join(node.folder, 'plugins')
  mkdirSync(plugins)
  symlinkSync(shim, join(plugins, 'egress-router'))
  const list = (name: string, cniVersion: string, entries: readonly object[]) => {
    const path = join(node.folder, `${name}.conflist`)
    writeFileSync(path, JSON.stringify({ cniVersion, name, plugins: entries }))
    return path
  }
  // what a runtime gives a plugin for its environment is not ours to choose: the configuration says where the agent is
  const here = { agentSocket: node.socket }
  const env = {
    LAB_DIR: join(node.folder, 'lab'),
    CNI_PATH: `${plugins}:/usr/lib/cni`,
    CNI_CACHE: join(node.folder, 'cache'),
    HOME: node.folder
  }
  const drive = (verb: string, path: string, pod: string, link: string, more: object = {}) =>
    processes.run(['nsenter', `--net=/run/netns/${stage.node}`, '--', driver, verb, path, `id-${pod}`, `/run/netns/${pod}`, link], {
      env: { ...env, ...more },
      seconds: 240
    })
  const pod = stage.pods[0] as string

  for (const version of ['0.3.1', '0.4.0', '1.0.0']) {
    await t.test(`an attachment of its own, ${version}`, async t => {
      const { cniVersion: _, name: __, ...entry } = network('192.168.12.99/24')
      const path = list('own', version, [{ ...entry, ...here }])
      t.match(await drive('validate', path, pod, 'net1'), { code: 0 })
      const added = await drive('add', path, pod, 'net1')
      t.match(added, { code: 0 }, added.output)
      const result = JSON.parse(added.stdout)
      const address = { address: '192.168.12.99/24', gateway: '192.168.12.1', interface: 0 }
      t.same(result.ips, [version === '1.0.0' ? address : { version: '4', ...address }])
      t.match(stage.ip(pod, 'addr', 'show', 'net1'), /192\.168\.12\.99/)
      if (version !== '0.3.1') {
        const checked = await drive('check', path, pod, 'net1')
        t.match(checked, { code: 0 }, checked.output)
      }
      for (const time of ['once', 'twice']) t.match(await drive('del', path, pod, 'net1'), { code: 0 }, time)
      t.notMatch(stage.ip(pod, 'link', 'show'), /net1/)
    })
  }

  await t.test('chained after the bridge plugin', async t => {
    const fresh = `${stage.node}-fresh`
    await node.must(stage.node, 'ip', 'netns', 'add', fresh)
    t.teardown(() => node.must(stage.node, 'ip', 'netns', 'delete', fresh))
    const ipam = {
      type: 'host-local',
      dataDir: join(node.folder, 'ipam'),
      ranges: [[{ subnet: '10.77.0.0/24' }]],
      routes: [{ dst: '0.0.0.0/0' }]
    }
    const path = list('cluster', '1.0.0', [
      { type: 'bridge', bridge: 'cni0', isGateway: true, ipam },
      { type: 'egress-router', capabilities: { 'io.kubernetes.cri.pod-annotations': true }, ...here }
    ])
    const pods = { POD: 'shop/web' }
    const added = await drive('add', path, fresh, 'eth0', pods)
    t.match(added, { code: 0 }, added.output)
    t.equal(JSON.parse(added.stdout).ips.length, 1, "the cluster's address alone")
    t.match(stage.ip(fresh, 'addr', 'show', 'eth0'), /10\.77\.0\./)
    const checked = await drive('check', path, fresh, 'eth0', pods)
    t.match(checked, { code: 0 }, checked.output)
    await agent.end('SIGKILL')
    const orphan = await drive('add', path, `${fresh}`, 'eth1', pods)
    t.match(orphan, { code: 1, output: /agent of this node is not running: try again later/ }, 'libcni reads our error')
    t.match(await drive('del', path, fresh, 'eth1', pods), { code: 0 }, 'and DEL succeeds')
    await node.start()
    t.match(await drive('del', path, fresh, 'eth0', pods), { code: 0 })
    t.notMatch(stage.ip(fresh, 'link', 'show'), /eth0/)
  })
})

t.test('STATUS and GC', async t => {
  const stage = openStage(t, 3)
  const node = openNode(t, stage.node)
  await node.start()
  const config = (n: number, change: object = {}) => network(`192.168.12.${100 + n}/24`, { cniVersion: '1.1.0', ...change })
  const place = (n: number) => ({ namespace: `/run/netns/${stage.pods[n]}`, containerId: `c${n}` })
  t.match(await node.call('STATUS', config(0)), { code: 0, text: '' })
  t.match((await node.call('STATUS', config(0, { interfaceArgs: { master: 'nope' } }))).json, { code: 50, msg: /nope/ })
  const first = await node.call('ADD', config(0), place(0))
  t.match(first, { code: 0, json: { cniVersion: '1.1.0', interfaces: [{ name: 'net1', mtu: 1500 }] } })
  t.match(await node.call('ADD', config(1), place(1)), { code: 0 })
  t.match(await node.call('ADD', config(2, { name: 'another' }), place(2)), { code: 0 })
  const kept = [{ containerID: 'c0', ifname: 'net1' }]
  t.match((await node.call('GC', config(0))).json, { code: 7, msg: /valid-attachments/ })
  t.match(await node.call('GC', config(0, { 'cni.dev/attachments': [...kept, { containerID: 'c1', ifname: 'net1' }] })), { code: 0 })
  const links = () => stage.pods.map(pod => /net1/.test(stage.ip(pod, 'link', 'show')))
  t.same(links(), [true, true, true], 'all are valid')
  t.match(await node.call('GC', config(0, { 'cni.dev/valid-attachments': kept })), { code: 0, text: '' })
  t.same(links(), [true, false, true], 'what is not listed goes; another network stays')
  t.match(await node.call('GC', config(0, { 'cni.dev/valid-attachments': null })), { code: 0 })
  t.same(links(), [false, false, true])
  stage.ip(stage.node, 'link', 'delete', 'up0')
  t.match((await node.call('STATUS', config(2, { name: 'another' }))).json, { code: 51 }, 'those that are there suffer')
})
