// The agent measured: from the runtime's call to a router that serves, against starting Node and against a plugin in Go; many routers in
// one process: memory, descriptors, processor at rest, twenty at once, and taking up again.
//
//   node bench/agent.ts [ROUTERS...]        as root, after npm run build; 250 routers take about a minute
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { paired } from './measure/paired.ts'
import { rowOf } from './measure/row.ts'
import { markdownTable } from './report/table.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const shim = `${root}dist/cni/egress-router`
const macvlan = '/usr/lib/cni/macvlan'
const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1, 50, 250]
const most = Math.max(20, ...sizes)

const folder = mkdtempSync(join(tmpdir(), 'egress-bench-'))
const name = (what: string | number) => `eba${process.pid}-${what}`
const node = name('node')
const pods = Array.from({ length: most }, (_, n) => name(n))
const alive = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
  for (const namespace of [...pods, node, name('lan')]) spawnSync('ip', ['netns', 'delete', namespace])
  rmSync(folder, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const ip = (input: string, ...options: string[]) => execFileSync('ip', [...options, '-batch', '-'], { input })
ip([node, name('lan'), ...pods].map(namespace => `netns add ${namespace}\n`).join(''))
const wires = pods.map((pod, n) => `link add vp${n} type veth peer name eth0 netns ${pod}\n`).join('')
ip(`link add up0 type veth peer name lan netns ${name('lan')}\nlink set up0 up\n${wires}`, '-n', node)
ip('link set lan up\n', '-n', name('lan'))
for (const pod of pods) ip('link set eth0 up\n', '-n', pod)

const socket = join(folder, 'agent.sock')
const address = (n: number) => `192.168.${12 + Math.floor(n / 200)}.${20 + (n % 200)}/16`
const config = (n: number) => ({
  cniVersion: '1.0.0',
  name: 'egress',
  type: 'egress-router',
  interfaceArgs: { master: 'up0', mode: 'bridge' },
  ip: {
    addresses: [address(n)],
    gateway: '192.168.1.1',
    destinations: ['80 tcp 203.0.113.25', '8080 tcp 203.0.113.26 80', '203.0.113.27']
  },
  conflictProbe: 'off'
})
const goConfig = (n: number) => {
  const ipam = { type: 'static', addresses: [{ address: address(n), gateway: '192.168.1.1' }] }
  return { cniVersion: '1.0.0', name: 'egress', type: 'macvlan', master: 'up0', mode: 'bridge', ipam }
}
// the least that a plugin in Node has to do: start, read, and talk to the same agent
const nodePlugin = join(folder, 'plugin.mjs')
writeFileSync(
  nodePlugin,
  `import fs from 'node:fs'; import net from 'node:net'
const input = fs.readFileSync(0); const env = Buffer.from(Object.entries(process.env).filter(([k]) => k.startsWith('CNI_')).map(([k, v]) => k + '=' + v + '\\0').join(''))
const header = Buffer.alloc(12); header.write('ERC1'); header.writeUInt32LE(env.length, 4); header.writeUInt32LE(input.length, 8)
const parts = []; const c = net.connect(process.env.EGRESS_AGENT_SOCKET, () => c.write(Buffer.concat([header, env, input])))
c.on('data', p => parts.push(p)); c.on('end', () => { const a = Buffer.concat(parts); process.stdout.write(a.subarray(8)); process.exitCode = a.readUInt32LE(0) })\n`
)

async function execute(argv: readonly string[], command: string, n: number, input: object): Promise<void> {
  const env = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    CNI_PATH: '/usr/lib/cni',
    CNI_COMMAND: command,
    CNI_CONTAINERID: `c${n}`,
    CNI_IFNAME: 'net1',
    CNI_NETNS: `/run/netns/${pods[n]}`,
    EGRESS_AGENT_SOCKET: socket
  }
  const child = spawn('nsenter', [`--net=/run/netns/${node}`, '--', ...argv], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', part => {
    text += part
  })
  child.stdin.on('error', () => {})
  child.stdin.end(JSON.stringify(input))
  const code = await new Promise(resolve => child.once('close', resolve))
  if (code !== 0) throw new Error(`${argv[0]} ${command}: exit ${code}: ${text}`)
}

async function startAgent(sign = '"msg":"ready"'): Promise<{ child: ChildProcess; milliseconds: number }> {
  const begun = performance.now()
  const argv = [
    `--net=/run/netns/${node}`,
    '--',
    process.execPath,
    `${root}bin/start.cjs`,
    'agent',
    '--kubernetes',
    'off',
    '--socket',
    socket
  ]
  const child = spawn('nsenter', argv, { stdio: ['ignore', 'ignore', 'pipe'] })
  alive.add(child)
  let text = ''
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error(text)))
    child.stderr.on('data', part => {
      text += part
      if (text.includes(sign)) resolve()
    })
  })
  child.removeAllListeners('exit')
  return { child, milliseconds: performance.now() - begun }
}

async function endAgent(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await new Promise(resolve => child.once('close', resolve))
  alive.delete(child)
}

const memory = (pid: number) => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1024
const ticks = (pid: number) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return Number(fields[11]) + Number(fields[12])
}
const at = (sorted: readonly number[], share: number) =>
  (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1)

let agent = (await startAgent()).child
const ways: { name: string; argv: string[]; config: (n: number) => object }[] = [
  { name: 'shim and warm agent', argv: [shim], config },
  { name: 'plugin in Node, warm agent', argv: [process.execPath, nodePlugin], config }
]
if (existsSync(macvlan)) ways.push({ name: 'macvlan plugin in Go, link and address alone', argv: [macvlan], config: goConfig })
const nothing = { name: 'shim, VERSION: what starting costs', argv: [shim], config }
let last = ways[0] as (typeof ways)[number]
const timed = async (work: () => Promise<unknown>) => {
  const begun = process.hrtime.bigint()
  await work()
  return Number(process.hrtime.bigint() - begun)
}
const reset = async () => {
  await execute(last.argv, 'DEL', 0, last.config(0))
  // a deleted macvlan leaves over some milliseconds, in which the next one waits
  await new Promise(resolve => setTimeout(resolve, 50))
}
const contenders = [
  ...ways.map(way => ({
    peer: way.name,
    reset,
    time() {
      last = way
      return timed(() => execute(way.argv, 'ADD', 0, way.config(0)))
    }
  })),
  { peer: nothing.name, time: () => timed(() => execute(nothing.argv, 'VERSION', 0, {})) }
]
const times = await paired(contenders, { runs: 40, warmUp: 3 })
await reset()
console.log('ADD to done\n')
console.log(markdownTable(contenders.map(({ peer }, i) => rowOf({ peer, n: 1 }, times[i] as number[], times[0] as number[]))))

const idle = memory(agent.pid as number)
let present = 0
let crowd: number[] = []
console.log('\n| routers | memory MB (PSS) | a router kB | descriptors | processor at rest, % of a core |\n| --- | --- | --- | --- | --- |')
for (const size of sizes) {
  while (present < size) {
    const some = Array.from({ length: Math.min(20, size - present) }, (_, i) => present + i)
    const times = await Promise.all(
      some.map(async n => {
        const begun = performance.now()
        await execute([shim], 'ADD', n, config(n))
        return performance.now() - begun
      })
    )
    if (some.length === 20) crowd = [...crowd, ...times]
    present += some.length
  }
  // announcements go on for some seconds
  await new Promise(resolve => setTimeout(resolve, 8000))
  const pid = agent.pid as number
  const before = ticks(pid)
  await new Promise(resolve => setTimeout(resolve, 10_000))
  const used = ticks(pid) - before
  const now = memory(pid)
  const files = readdirSync(`/proc/${pid}/fd`).length
  console.log(`| ${size} | ${now.toFixed(1)} | ${(((now - idle) * 1024) / size).toFixed(0)} | ${files} | ${(used / 10).toFixed(2)} |`)
}
console.log(`| 0, before any | ${idle.toFixed(1)} | | | |`)
crowd.sort((a, b) => a - b)
console.log(`\nADD to done, twenty at once: p50 ${at(crowd, 0.5)} ms, p99 ${at(crowd, 0.99)} ms (${crowd.length} calls)`)
await endAgent(agent)
const again = await startAgent('"msg":"taken up again"')
agent = again.child
console.log(`killed with ${present} routers and started again: ${again.milliseconds.toFixed(0)} ms until all are in sync`)
process.exit(0)
