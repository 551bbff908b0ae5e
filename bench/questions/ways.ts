// How each peer replaces redirects: the program that stays, the lines that make it ready, and the line that is timed.
import { peerSource, programPath } from '../obtain/obtain.ts'
import type { Form } from '../place/state.ts'

/** Path of a job's file in either version. */
export type FileOf = (version: 0 | 1, suffix: string) => string

export interface Way {
  readonly form: Form
  readonly argv: readonly string[]
  readonly load: (file: FileOf) => readonly string[]
  readonly go: (version: 0 | 1, file: FileOf) => string
}

const go = (version: 0 | 1) => `go ${version}`
const slots = (suffix: string) => (file: FileOf) => [`load 0 ${file(0, suffix)}`, `load 1 ${file(1, suffix)}`]

const ours = (elements: string): Way => ({
  form: 'table',
  argv: [process.execPath, peerSource('ours.ts'), elements],
  load: file => [...slots('lines')(file), 'prepare 0 1'],
  go
})
const loaded = (need: 'floor' | 'libnftables' | 'go-nftables', suffix: string): Way => ({
  form: 'table',
  argv: [programPath(need)],
  load: slots(suffix),
  go
})
const processes = (suffix: string, form: Form = 'table'): Way => ({
  form,
  argv: [programPath('run')],
  load: () => [],
  go: (version, file) => `run ${file(version, suffix)}`
})

/** Of what starts a process each time, no run is warm. */
export const isProcess = ({ argv }: Pick<Way, 'argv'>): boolean => argv[0] === programPath('run')

export const ways: Readonly<Record<string, Way>> = {
  ours: ours('netlink'),
  'ours-json': ours('json'),
  floor: loaded('floor', 'maps.batch'),
  'floor-table': loaded('floor', 'table.batch'),
  libnftables: loaded('libnftables', 'json'),
  go: loaded('go-nftables', 'lines'),
  pyroute2: { form: 'table', argv: ['/usr/bin/python3', peerSource('pyroute2-nftables.py')], load: slots('lines'), go },
  nft: processes('nft.script'),
  'nft-json': processes('nft-json.script'),
  'iptables-restore': processes('iptables-restore.script', 'iptables-nft'),
  'iptables-restore-legacy': processes('iptables-restore-legacy.script', 'iptables-legacy'),
  iptables: processes('iptables.script', 'iptables-nft')
}

/** Of a ruleset that is not ours, only those who take nftables' own languages. */
export const foreignWays: Readonly<Record<string, Way>> = {
  ours: { ...ours('json'), load: file => [`commands 0 ${file(0, 'json')}`, `commands 1 ${file(1, 'json')}`] },
  'floor-table': ways['floor-table'] as Way,
  libnftables: ways.libnftables as Way,
  nft: ways.nft as Way,
  'nft-json': ways['nft-json'] as Way
}
