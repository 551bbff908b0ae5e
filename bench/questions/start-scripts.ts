// What each peer of `start` runs in a fresh pod in which the macvlan link lies ready.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compile, interestOf, openLinux, plan, printOperation } from '../../src/index.ts'
import { asLines, freshText, type Shelf, script } from '../artefacts.ts'
import { configOf, GATEWAY, type List, makeList, SOURCE, textOf } from '../lists.ts'
import { peerSource, programPath } from '../obtain/obtain.ts'
import type { Lan } from '../place/lan.ts'
import type { Namespace } from '../place/namespace.ts'
import { startProgram } from '../place/program.ts'
import type { Form } from '../place/state.ts'

export interface Start {
  /** Programs, one after the other, with settings before their words as in a shell; each takes the pod's namespace. */
  readonly programs: ReadonlyArray<{ readonly argv: readonly string[]; readonly input?: string }>
  /** The word on its standard error that says it is ready; absent: it is when it has ended. */
  readonly word?: string
  /** Whether it stays then, so that it can be looked at. */
  readonly stays?: boolean
  /** How its redirects can be read back. */
  readonly form?: Form
}

const router = fileURLToPath(new URL('../../bin/egress-router', import.meta.url))

export async function startsOf(lan: Lan, shelf: Shelf, size: number): Promise<Readonly<Record<string, Start>>> {
  const list = makeList(size, 0)
  const destinations = shelf.write('destinations', `${textOf(list)}\n`)
  const settings = { SOURCE: `${SOURCE}/24`, GATEWAY, DESTINATION_FILE: destinations, CONFLICT_PROBE: 'off' }
  const ours = (more: object) => [
    { argv: [...Object.entries({ ...settings, ...more }).map(([name, value]) => `EGRESS_${name}=${value}`), router] }
  ]
  const typed = await commandsOf(lan.pod(), list, shelf)
  const lines = shelf.write('lines', asLines(list))
  const classic = (arping: string) => [{ argv: ['bash', peerSource('classic.sh'), SOURCE, GATEWAY, lines, arping] }]
  return {
    ours: { programs: ours({ ROUTER_MODE: 'init' }), word: '"ready"', form: 'table' },
    'ours-exit': { programs: ours({ ROUTER_MODE: 'init' }), form: 'table' },
    'ours-legacy': { programs: ours({ ROUTER_MODE: 'legacy' }), word: '"ready"', stays: true, form: 'table' },
    'ours-pause': { programs: ours({ ROUTER_MODE: 'legacy', AFTER: 'pause' }), word: '"ready"', stays: true, form: 'table' },
    classic: { programs: classic('no'), form: 'iptables-nft' },
    'classic-arping': { programs: classic('arping'), form: 'iptables-nft' },
    'ip-nft': { programs: typed.programs, form: 'table' },
    go: { programs: [{ argv: [programPath('go-link'), 'once', typed.batch, ...typed.sysctls] }], form: 'table' },
    node: { programs: [{ argv: [process.execPath, '-e', '0'] }] }
  }
}

export const scriptOf = ({ programs }: Start, pod: Namespace): string =>
  script(...programs.map(program => ({ ...program, namespace: pod.path })))

/** The product's plan for a fresh pod, as input of `nft -f`, `sysctl -w` and `ip -batch`, and its table as one batch. */
async function commandsOf(pod: Namespace, list: List, shelf: Shelf) {
  using kernel = openLinux({ namespace: pod.name })
  const config = configOf(list)
  const observed = kernel.observe(interestOf(config))
  const desired = compile(config, observed)
  const typed = plan(desired, observed)
    .operations.filter(({ kind }) => kind !== 'ruleset')
    .flatMap(operation => printOperation(operation).split(' && '))
  const sysctls = typed.filter(line => line.startsWith('sysctl -w ')).map(line => line.slice(10))
  const batch = shelf.write(
    'start.ip',
    `${typed
      .filter(line => line.startsWith('ip '))
      .map(line => line.slice(3))
      .join('\n')}\n`
  )
  if (!desired.ruleset) throw new Error('a router without a table')
  const nft = shelf.write('start.nft', freshText(desired.ruleset))
  const library = await startProgram(pod, [programPath('libnftables')])
  await library.ask(`load 0 ${nft}`)
  await library.ask(`record 0 ${shelf.path('start.batch')}`)
  await library.end()
  writeFileSync(shelf.path('start.batch'), withoutGeneration(readFileSync(shelf.path('start.batch'))))
  return {
    programs: [{ argv: ['nft', '-f', nft] }, { argv: ['sysctl', '-q', '-w', ...sysctls] }, { argv: ['ip', '-batch', batch] }],
    batch: shelf.path('start.batch'),
    sysctls: sysctls.map(line => line.replace(/^[^=]*/, key => key.replaceAll('.', '/')))
  }
}

/** A recorded batch names the generation of rules that it was made for, in an attribute of its first message. */
function withoutGeneration(batch: Buffer): Buffer {
  const bare = 20
  const whole = (batch.readUInt32LE(0) + 3) & ~3
  const begin = Buffer.from(batch.subarray(0, bare))
  begin.writeUInt32LE(bare, 0)
  return Buffer.concat([begin, batch.subarray(whole)])
}
