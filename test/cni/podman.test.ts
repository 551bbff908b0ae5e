// A container of podman, whose network backend calls the plugin for a network of its own: what reaches the container leaves by the router,
// and the container has no right to anything.
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openNode } from '../agent/node.ts'
import { ipv4, podMtu } from '../kit/documentation.ts'
import { type Lab, openLab } from '../kit/laboratory.ts'
import { Processes, root } from '../kit/process.ts'
import { network, shim } from './runtime.ts'

/** Debian's folder of the standard plugins. */
const standard = '/usr/lib/cni'
const missing = ['podman', 'runc', 'conmon'].find(program => spawnSync('which', [program]).status !== 0)
const skip = missing ? `${missing} is not installed` : !existsSync(join(standard, 'bridge')) && `the plugin bridge is not in ${standard}`
if (skip) process.stderr.write(`SKIPPED test/cni/podman.test.ts: ${skip}\n`)

const address = '10.128.0.60'

/** podman wants a short path. */
function newFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'egress-podman-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** podman with all that it keeps in a folder of the test's own, in the network of the laboratory's node. */
function openPodman(t: Test, lab: Lab, folder: string, networks: readonly { name: string; plugins: object[] }[]) {
  const processes = new Processes()
  const at = (...parts: string[]) => join(folder, ...parts)
  for (const name of ['net.d', 'tree']) mkdirSync(at(name))
  for (const list of networks) writeFileSync(at('net.d', `${list.name}.conflist`), JSON.stringify({ cniVersion: '1.0.0', ...list }))
  mkdirSync(at('bin'))
  copyFileSync(shim, at('bin/egress-router'))
  const settings = {
    'containers.conf': `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "${at('tmp')}"
[network]
network_backend = "cni"
cni_plugin_dirs = ["${at('bin')}", "${standard}"]
network_config_dir = "${at('net.d')}"
`,
    'storage.conf': `[storage]\ndriver = "vfs"\ngraphroot = "${at('storage')}"\nrunroot = "${at('run')}"\n`
  }
  for (const [name, text] of Object.entries(settings)) writeFileSync(at(name), text)
  const env = { CONTAINERS_CONF: at('containers.conf'), CONTAINERS_STORAGE_CONF: at('storage.conf') }
  const argv = (args: readonly string[]) => ['nsenter', `--net=/run/netns/${lab.name('node')}`, '--', 'podman', ...args]
  // the container is no child of ours: nobody but us ends it
  const end = () => {
    const [program = '', ...args] = argv(['rm', '--all', '--force', '--time=0'])
    spawnSync(program, args, { env: { ...process.env, ...env } })
  }
  process.once('exit', end)
  t.teardown(async () => {
    end()
    process.off('exit', end)
    await processes.endAll()
  })
  // the container's whole file system: the program that waits
  copyFileSync(`${root}dist/native/pause`, at('tree/pause'))
  return {
    run: (...args: string[]) => processes.run(argv(args), { env, seconds: 60 }),
    must: (...args: string[]) => processes.must(argv(args), { env, seconds: 60 })
  }
}

t.test('a container on the network of the pods is connected to a network of type egress-router', { skip }, async t => {
  const lab = await openLab(t, { link: 'none' })
  const node = openNode(t, lab.name('node'))
  await node.start()
  const folder = newFolder(t)
  const ipam = {
    type: 'host-local',
    dataDir: join(folder, 'ipam'),
    ranges: [[{ subnet: '10.128.0.0/24', rangeStart: address, gateway: ipv4.node }]],
    routes: [{ dst: '0.0.0.0/0' }]
  }
  const { name: _, ...egress } = network(ipv4.sourcePrefix, { agentSocket: node.socket })
  const podman = openPodman(t, lab, folder, [
    { name: 'pods', plugins: [{ type: 'bridge', bridge: 'cni0', mtu: podMtu, ipam }] },
    { name: 'egress', plugins: [egress] },
    { name: 'broken', plugins: [{ ...egress, interfaceArgs: { master: 'nosuch0' } }] }
  ])
  const links = () => node.must(lab.name('node'), 'ip', '-o', 'link')
  const before = await links()
  const container = lab.name('router').replace('router', 'container')
  const rights = ['--cap-drop=ALL', '--security-opt=no-new-privileges']
  await podman.must('run', '--detach', `--name=${container}`, '--network=pods', ...rights, '--rootfs', join(folder, 'tree'), '/pause')

  await podman.must('network', 'connect', 'egress', container)
  const [{ State, NetworkSettings }] = JSON.parse(await podman.must('container', 'inspect', container))
  t.match(NetworkSettings.Networks, { pods: { IPAddress: address }, egress: { IPAddress: ipv4.source } }, 'as podman sees it')
  t.match(readFileSync(`/proc/${State.Pid}/status`, 'utf8'), /CapEff:\s0+\n/, 'the container has no right at all')
  for (const protocol of ['tcp', 'udp'] as const) {
    const redirected = await lab.ask('client', protocol, address, 53)
    t.match(redirected, { seen: ipv4.source, at: ipv4.destinations[2], port: 53 }, `${protocol} leaves by the router`)
  }
  t.match(await lab.ask('neighbor', 'tcp', address, 80), { seen: ipv4.source, at: ipv4.destinations[0], port: 80 }, 'a redirect')

  await podman.must('network', 'disconnect', 'egress', container)
  t.match(await lab.ask('client', 'tcp', address, 80, { patience: 1000 }), { error: /./ }, 'disconnected it is no router')
  t.same(readdirSync(join(node.folder, 'attachments')), [], 'and the agent looks after nothing')
  // podman keeps the name of a network whose plugin has failed, and does not show such a container any more
  const failed = await podman.run('network', 'connect', 'broken', container)
  t.ok(failed.code !== 0 && failed.output.includes("parent link 'nosuch0'"), `what cannot be made is told: ${failed.output.trim()}`)
  await podman.must('network', 'connect', 'egress', container)
  t.match(await lab.ask('client', 'tcp', address, 80), { seen: ipv4.source }, 'connected again it is')
  await podman.must('rm', '--force', '--time=0', container)
  t.same(readdirSync(join(node.folder, 'attachments')), [], 'with the container its router goes')
  t.equal(await links(), before, 'the links of the node are what they were')
})
