// One namespace, full of things of others and with a router in it, read by us and by `ip -j` and `nft -j`: every object that our kernel tells of
// is there, no other is, and every field says the same. (The decoding of each netlink field is held against ip(8) in test/rtnetlink.)
import { execFileSync } from 'node:child_process'
import t from 'tap'
import { parseConfig } from '../../src/config/load.ts'
import { openLinux } from '../../src/kernel/linux.ts'
import { apply } from '../../src/reconcile/apply.ts'
import { planFor } from '../reconcile/run.ts'
import { openPopulated, readTogether } from '../rtnetlink/populated.ts'
import * as ip from './ip.ts'

const { config } = parseConfig({
  values: {
    source: '192.168.12.99/24,fd00:12::99/64',
    gateway: '192.168.12.1,fd00:12::1',
    destination: ['80 tcp 203.0.113.25', '8080 udp 203.0.113.26 53', '90 sctp 2001:db8:113::25', '203.0.113.27', '2001:db8:113::27'],
    localPorts: '9000 9001/udp',
    interface: 'mv-bridge',
    clusterInterface: 'br0'
  }
})

const scratch = openPopulated(t)
const { name } = scratch
const nft = (...argv: string[]) => execFileSync('ip', ['netns', 'exec', name, 'nft', ...argv], { encoding: 'utf8' })
nft('add table ip foreign; add chain ip foreign c { type filter hook output priority 10; }; add table inet other')

const kernel = openLinux({ namespace: name, parentNamespace: name })
t.teardown(() => kernel[Symbol.dispose]())
apply(planFor(kernel, config), kernel)

const { ours, theirs } = readTogether(
  () => kernel.observe({ sysctls: [] }),
  () => ({
    links: scratch.json<ip.Link>('-d', 'link'),
    addresses: scratch.json<ip.Addresses>('-d', 'addr'),
    routes: {
      ipv4: scratch.json<ip.Route>('-d', '-4', 'route', 'show', 'table', 'all'),
      ipv6: scratch.json<ip.Route>('-d', '-6', 'route', 'show', 'table', 'all')
    },
    rules: { ipv4: scratch.json<ip.Rule>('-d', '-4', 'rule'), ipv6: scratch.json<ip.Rule>('-d', '-6', 'rule') },
    // numbers in place of names, as our client asks for them
    table: JSON.parse(nft('-j', '-y', '-p', 'list', 'table', 'inet', 'egress_router')) as { nftables: Record<string, object>[] }
  })
)

t.test('links', async t => {
  t.ok(theirs.links.length >= 12, 'many kinds')
  t.strictSame(ours.links.map(ip.comparableLink), ip.linksOf(theirs.links))
})

t.test('addresses', async t => {
  const wanted = ip.addressesOf(theirs.addresses)
  t.ok(wanted.length >= 10, 'many kinds')
  t.strictSame(sorted(ours.addresses.map(ip.comparableAddress)), sorted(wanted))
  t.ok(wanted.some(entry => entry.address === '192.168.12.99') && wanted.some(entry => entry.address === 'fd00:12::99'), 'ours among them')
})

for (const family of ['ipv4', 'ipv6'] as const) {
  t.test(`${family} routes of every table`, async t => {
    const found = ours.routes.filter(entry => entry.family === family)
    // ip(8) shows no hop of a route of several, and we none either
    t.strictSame(sorted(found), sorted(ip.routesOf(theirs.routes[family], family)))
    t.ok(found.filter(entry => entry.table === 4242 && entry.protocol === 101).length >= 3, 'ours among them')
  })

  t.test(`${family} rules`, async t => {
    const found = ours.rules.filter(entry => entry.family === family)
    t.strictSame(found, ip.rulesOf(theirs.rules[family], family))
    t.equal(found.filter(entry => entry.protocol === 101 && entry.table === 4242).length, 2, 'ours among them')
  })
}

t.test('our nftables table', async t => {
  const { ruleset } = ours
  const kinds = { set: 'sets', map: 'maps', chain: 'chains', rule: 'rules' } as const
  for (const [kind, list] of Object.entries(kinds) as ['set' | 'map' | 'chain' | 'rule', 'sets' | 'maps' | 'chains' | 'rules'][]) {
    const listed = theirs.table.nftables.flatMap(object => (kind in object ? [ip.withoutHandle(object[kind] as object)] : []))
    t.ok(listed.length > 0, kind)
    const comparable = (object: object) => inOrder(ip.withoutFlags(object))
    t.strictSame(ruleset?.[list].map(comparable), listed.map(comparable), list)
  }
})

/** nft(8) sorts elements, the kernel tells them as they lie: their order means nothing. */
const inOrder = (object: { elem?: Iterable<unknown> }) => (object.elem ? { ...object, elem: sorted([...object.elem]) } : object)

function sorted<T>(list: readonly T[]): T[] {
  return list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}
