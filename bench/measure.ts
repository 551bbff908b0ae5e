// `node bench/measure.ts`: what the first set-up costs, as ratios in one run; everything happens in namespaces of its own.
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { paired, printRows, type Row } from './paired.ts'
import { openPlace } from './place.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const router = here('../bin/egress-router')
// an extra certificate file is parsed at every start of Node, by ours and by the bare one
const { NODE_EXTRA_CA_CERTS: _, ...environment } = process.env
const env = {
  ...environment,
  EGRESS_SOURCE: '192.168.12.99/24',
  EGRESS_GATEWAY: '192.168.12.1',
  EGRESS_PARENT: 'up0',
  EGRESS_CONFLICT_PROBE: 'off',
  EGRESS_DESTINATION: '203.0.113.25'
}

using place = openPlace()
const inside = (argv: readonly string[], input?: string) =>
  execFileSync('ip', ['netns', 'exec', place.router, ...argv], { env, input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] })

const rows: Row[] = JSON.parse(inside([process.execPath, here('in-process.ts')]))

const plan = inside([router, 'plan'])
const lines = (program: string) =>
  plan
    .split(/\n| && /)
    .filter(line => line.startsWith(`${program} `))
    .map(line =>
      line
        .slice(program.length + 1)
        .replace(/^-6 (\S+)/, '$1')
        .replace(/^'(.*)'$/, '$1')
    )
    .join('\n')
const script = `ip -batch - <<'E' && nft -f - <<'F'\n${lines('ip')}\nE\n${lines('nft')}\nF\n`
rows.push(
  ...(await paired(
    'exec to exit, init',
    25,
    [
      { name: 'ours (init, no conflict probe)', run: () => void inside([router, 'run', '--mode', 'init']) },
      { name: 'ip -batch and nft -f in a shell', run: () => void inside(['sh', '-c', script]) },
      { name: 'node -e 0', run: () => void inside([process.execPath, '-e', '0']) }
    ],
    () => void inside([router, 'clean'])
  ))
)
inside([router, 'clean'])
printRows(rows)

const legacy = spawn('ip', ['netns', 'exec', place.router, router, 'run'], { env, stdio: ['ignore', 'ignore', 'pipe'] })
for await (const chunk of legacy.stderr) if (String(chunk).includes('ready')) break
await new Promise(resolve => setTimeout(resolve, 6000))
const rollup = readFileSync(`/proc/${legacy.pid}/smaps_rollup`, 'utf8')
const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)?.[1])
const switches = () => Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/${legacy.pid}/status`, 'utf8'))?.[1])
const before = switches()
await new Promise(resolve => setTimeout(resolve, 10_000))
console.log(
  `\nat rest: ${kilobytes('Rss')} kB resident, ${kilobytes('Pss')} kB proportional, ${kilobytes('Private_Dirty')} kB private dirty; ${switches() - before} wake-ups in 10 s`
)
legacy.kill('SIGTERM')
