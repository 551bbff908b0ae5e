// The printed plan, run line by line by a shell with ip, nft and sysctl, leaves the namespace as our own apply leaves its twin.
import t from 'tap'
import { parseConfig } from '../../src/config/load.ts'
import { apply } from '../../src/reconcile/apply.ts'
import type { Operation } from '../../src/state/operation.ts'
import { printOperation } from '../../src/state/operation.ts'
import { answerTo } from '../contract/play.ts'
import { LinuxStage } from '../kernel/stage.ts'
import { planAway, planFor } from '../reconcile/run.ts'
import { type Scenario, scenarios } from './cases.ts'

/** Handles and counters tell of events; links are born with an address and an index of their own, and settle when they settle. */
const events = new Set([
  'handle',
  'counter',
  'address',
  'ifindex',
  'link_index',
  'link_netnsid',
  'permaddr',
  'operstate',
  'protocol_of_address',
  'txqlen',
  'qdisc',
  'flags_text'
])
const settled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(settled)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !events.has(key))
      .map(([key, inner]) => [key, key === 'flags' ? steady(inner as string[]) : settled(inner)])
  )
}
/** Whether there is carrier shows only when a worker of the kernel gets to it. */
const steady = (flags: readonly string[]) => flags.filter(flag => ['UP', 'onlink'].includes(flag))

interface Entry {
  readonly dst?: string
  readonly local?: string
  readonly protocol?: string
  readonly addr_info?: readonly Entry[]
}

/** The kernel's link-local addresses come when they come; ip(8) of Debian 12 can set no protocol on an address. */
function addressesOf(links: readonly Entry[]): unknown {
  return links.map(link => ({
    ...link,
    addr_info: link.addr_info?.filter(entry => !entry.local?.startsWith('fe80:')).map(({ protocol: _, ...rest }) => rest)
  }))
}
const isSteady = ({ dst }: Entry) => !dst?.startsWith('fe80:') && dst !== 'ff00::/8'

/** The order of the rules of a chain means something, that of all else does not. */
function inOrder({ nftables }: { nftables: readonly Record<string, { name?: string; chain?: string }>[] }): unknown {
  const nameOf = (object: Record<string, { name?: string; chain?: string }>) => {
    const [kind, { name, chain }] = Object.entries(object)[0] as [string, { name?: string; chain?: string }]
    return `${kind} ${name ?? chain}`
  }
  return nftables.filter(object => !('metainfo' in object)).toSorted((a, b) => nameOf(a).localeCompare(nameOf(b)))
}

function stateOf(stage: LinuxStage): unknown {
  const json = (...argv: string[]) => JSON.parse(stage.in(argv) || '[]') as Entry[]
  const names = stage.kernel.links().map(link => link.name)
  const folders = names
    .flatMap(name => [`ipv4/conf/${name}`, `ipv6/conf/${name}`])
    .concat('ipv4/ip_forward', 'ipv4/icmp_errors_use_inbound_ifaddr')
  const sysctls = stage.in(['sh', '-c', `cd /proc/sys/net; grep -rs '' ${folders.join(' ')} || true`])
  const table = stage.kernel.observe({ sysctls: [] }).ruleset
  return settled({
    addresses: addressesOf(json('ip', '-j', 'addr')),
    aliases: json('ip', '-j', '-d', 'link'),
    routes4: json('ip', '-j', '-4', 'route', 'show', 'table', 'all'),
    routes6: json('ip', '-j', '-6', 'route', 'show', 'table', 'all').filter(isSteady),
    rules4: json('ip', '-j', '-4', 'rule'),
    rules6: json('ip', '-j', '-6', 'rule'),
    table: table && inOrder(JSON.parse(stage.in(['nft', '-j', 'list', 'table', 'inet', table.table]))),
    // an address of the link's own hardware is random
    sysctls: sysctls
      .split('\n')
      .filter(line => !/stable_secret|base_reachable/.test(line))
      .sort()
  })
}

function prepared({ before, earlier }: Scenario): LinuxStage {
  const stage = new LinuxStage()
  for (const step of before) if (answerTo(stage, step) !== 'done') throw new Error(JSON.stringify(step))
  if (earlier) apply(planFor(stage.kernel, parseConfig({ env: earlier }).config), stage.kernel)
  return stage
}

/** On the way down some commands find their object gone already, with the link: an operator would go on. */
function typed(stage: LinuxStage, operations: readonly Operation[], options: '-e' | '+e'): void {
  const lines = operations.map(operation => `${printOperation(operation)}\n`)
  stage.in(['sh', options], `${lines.join('')}true\n`)
}

for (const [name, scenario] of Object.entries(scenarios)) {
  t.test(name, async t => {
    using ours = prepared(scenario)
    using shell = prepared(scenario)
    const { config } = parseConfig({ env: scenario.env })
    apply(planFor(ours.kernel, config), ours.kernel)
    typed(shell, planFor(shell.kernel, config), '-e')
    t.same(stateOf(shell), stateOf(ours), 'set up')
    apply(planAway(ours.kernel, config), ours.kernel)
    typed(shell, planAway(shell.kernel, config), '+e')
    t.same(stateOf(shell), stateOf(ours), 'taken down')
  })
}
