// Both kernels tell of the same kinds of changes.
import t from 'tap'
import type { Change } from '../../src/kernel/kernel.ts'
import { FakeStage, LinuxStage, type Stage } from '../kernel/stage.ts'
import { answerTo } from './play.ts'
import { whole } from './rulesets.ts'
import {
  add,
  address,
  byGateway,
  down,
  foreign,
  lastRoute,
  macvlan,
  plug,
  remove,
  route,
  rule,
  type Step,
  sysctl,
  unplug,
  up
} from './steps.ts'

const ready: readonly Step[] = [plug('parent0'), add('link', macvlan()), up('macvlan0')]
const claimed: readonly Step[] = [...ready, add('address', address('192.168.12.99/24')), add('address', address('fd00:12::99/64'))]

/** What was done before, and the one change that is listened to. */
const cases: Readonly<Record<string, readonly [readonly Step[], Step]>> = {
  'a link is made': [[plug('parent0')], add('link', macvlan())],
  'a link goes up': [[plug('parent0'), add('link', macvlan())], up('macvlan0')],
  'a link goes down': [ready, down('macvlan0')],
  'a link with addresses goes down': [claimed, down('macvlan0')],
  'a link takes another MTU': [ready, up('macvlan0', 1400)],
  'a link is deleted': [claimed, remove('link', macvlan())],
  'the parent is unplugged': [ready, unplug('parent0')],
  'an IPv4 address comes': [ready, add('address', address('192.168.12.99/24'))],
  'an IPv6 address comes': [ready, add('address', address('fd00:12::99/64'))],
  'an address comes with its route': [ready, add('address', address('192.168.12.99/24', 'macvlan0', foreign))],
  'an IPv4 address goes': [claimed, remove('address', address('192.168.12.99/24'))],
  'an IPv6 address goes': [claimed, remove('address', address('fd00:12::99/64'))],
  'an address that is there comes': [claimed, add('address', address('192.168.12.99/24'))],
  'a route comes': [claimed, add('route', route('192.168.12.0/24'))],
  'a route is refused': [claimed, add('route', byGateway('192.168.13.1'))],
  'a last route comes': [[], add('route', lastRoute('ipv4'))],
  'a route goes': [[...claimed, add('route', route('192.168.12.0/24'))], remove('route', route('192.168.12.0/24'))],
  'a rule comes': [[], add('rule', rule({ mark: 1, mask: 1 }))],
  'a rule that is not there goes': [[], remove('rule', rule({ mark: 1, mask: 1 }))],
  'a sysctl changes': [ready, sysctl('ipv4/conf/macvlan0/rp_filter', '2')],
  'a table comes': [[], { kind: 'ruleset', verb: 'add', resource: whole }],
  'a table goes': [[{ kind: 'ruleset', verb: 'add', resource: whole }], { kind: 'ruleset', verb: 'delete', resource: whole }]
}

/**
 * The kinds that are told of a change; two further changes mark the end, one on each of the kernel's two ways of telling. Linux tells of
 * an IPv6 address when a worker gets to it, so those that are `expected` are waited for.
 */
async function kindsOf(
  stage: Stage,
  [before, step]: readonly [readonly Step[], Step],
  expected: readonly string[] = []
): Promise<string[]> {
  // without link-local addresses, which the kernel makes when it has time
  for (const earlier of [sysctl('ipv6/conf/default/addr_gen_mode', '1'), ...before]) answerTo(stage, earlier)
  const stop = new AbortController()
  const heard: Change[] = []
  const end = () => ['rule', 'ruleset', ...expected].every(kind => heard.some(change => change.kind === kind))
  const changes = stage.kernel.changes(stop.signal)
  answerTo(stage, step)
  if (step.kind !== 'rule') answerTo(stage, add('rule', rule({ priority: 77 })))
  if (step.kind !== 'ruleset') answerTo(stage, { kind: 'ruleset', verb: 'add', resource: whole })
  // a rule that is not told is told by the mark
  if (step.kind === 'rule') answerTo(stage, add('rule', rule({ priority: 78 })))
  for await (const change of changes) {
    heard.push(change)
    if (end()) break
  }
  stop.abort()
  return [...new Set(heard.map(change => change.kind))].sort()
}

/** What Linux still tells of the steps before: a link's state and an IPv6 address settle when a worker of the kernel gets to it. */
const late = ['address', 'link', 'route']

for (const [name, entry] of Object.entries(cases)) {
  t.test(name, async t => {
    using linux = new LinuxStage()
    using fake = new FakeStage()
    const told = await kindsOf(fake, entry)
    const heard = await kindsOf(linux, entry, told)
    t.same(
      heard.filter(kind => told.includes(kind) || entry[0].length === 0 || !late.includes(kind)),
      told
    )
  })
}

t.test('a change of the table names the process that made it', async t => {
  for (const stage of [new FakeStage(), new LinuxStage()]) {
    using _ = stage
    const stop = new AbortController()
    const changes = stage.kernel.changes(stop.signal)
    answerTo(stage, { kind: 'ruleset', verb: 'add', resource: whole })
    for await (const { kind, process: maker } of changes) {
      t.same([kind, maker?.pid], ['ruleset', process.pid], stage.kind)
      break
    }
    stop.abort()
  }
})
