// Two ways to write and read a table, the same table: what nft(8) lists afterwards is the same, and each reads what the other wrote.
import t from 'tap'
import { NetlinkTables } from '../../src/nftables/netlink-tables.ts'
import { countsOf, type Ruleset, sameRuleset } from '../../src/nftables/ruleset.ts'
import { JsonTables, type Tables } from '../../src/nftables/tables.ts'
import { runAtOnce, runInSlices } from '../../src/steps.ts'
import { inNamespace } from '../../src/sys/namespace.ts'
import type { openScratch } from '../netlink/scratch.ts'
import { sample, TABLE } from './sample.ts'
import { openNftables } from './scratch.ts'

function open(t: Parameters<typeof openScratch>[0]) {
  const { namespace, ...scratch } = openNftables(t)
  const tables: Readonly<Record<'netlink' | 'json', Tables>> = {
    netlink: new NetlinkTables(open => inNamespace(namespace, open)),
    json: inNamespace(namespace, () => new JsonTables())
  }
  t.teardown(() => {
    for (const each of Object.values(tables)) each[Symbol.dispose]()
  })
  return { ...scratch, ...tables }
}

/** Changes of the table: of elements, of rules, of both, of sets; each is tried from the sample and back. */
const others: Readonly<Record<string, Ruleset>> = {
  'no elements': { ...sample, maps: sample.maps.map(({ elem: _, ...map }) => map) },
  'other elements': {
    ...sample,
    maps: sample.maps.map(map =>
      map.name === 'port'
        ? {
            ...map,
            elem: [
              [{ concat: [6, 80] }, 8081],
              [{ concat: [6, 1] }, 1]
            ]
          }
        : map
    )
  },
  'no chain, no rule': { ...sample, chains: [], rules: [] },
  'other rules and elements': {
    ...sample,
    rules: sample.rules.slice(3),
    sets: sample.sets.map(set => (set.name === 'local_ports' ? { ...set, elem: [{ concat: [6, 9091] }] } : set))
  },
  'no networks, no IPv6': {
    ...sample,
    sets: sample.sets.filter(({ name }) => name !== 'networks'),
    maps: sample.maps.filter(({ name }) => name !== 'address6'),
    rules: sample.rules.filter(rule => !JSON.stringify(rule).includes('@address6'))
  },
  'a map of another type': {
    ...sample,
    maps: sample.maps.map(map =>
      map.name === 'address6' ? { ...map, map: 'ipv4_addr', elem: [[{ concat: [6, 80] }, '192.0.2.1']] } : map
    ),
    rules: sample.rules.filter(rule => !JSON.stringify(rule).includes('@address6'))
  }
}

/** Sets and maps are listed in the order in which they were made, elements in the order of their hashes. */
function sorted(listing: string): string[] {
  return listing
    .split('\n')
    .flatMap(line => line.split(/[{,]/))
    .map(part => part.replaceAll(/[}\s]/g, ' ').replace('elements =', '').trim())
    .sort()
}

t.test('parity', async t => {
  const ours = open(t)
  const reference = open(t)
  const both = (wanted: Ruleset, observed: Ruleset | undefined, name: string) => {
    runAtOnce(ours.netlink.replace(wanted, observed))
    runAtOnce(reference.json.replace(wanted, observed))
    t.same(ours.objects(), reference.objects(), `${name}: nft -j lists the same`)
    t.same(sorted(ours.listing()), sorted(reference.listing()), `${name}: and nft`)
    for (const tables of [ours.netlink, ours.json]) {
      const listed = runAtOnce(tables.list(TABLE))
      t.ok(listed && sameRuleset(listed, wanted), `${name}: listed as it was made`, { listed })
    }
  }
  both(sample, undefined, 'the sample')
  for (const [name, other] of Object.entries(others)) {
    both(other, sample, name)
    both(sample, other, `${name}, and back`)
  }
  for (const tables of [ours.netlink, reference.json]) runAtOnce(tables.delete(TABLE))
  t.same([ours.objects(), reference.objects()], [[], []])
})

t.test('a table of others beside it is not read, and stays', async t => {
  const { netlink, nft, objects } = open(t)
  nft('add table inet foreign\nadd map inet foreign m { type inet_service : ipv4_addr; }\nadd element inet foreign m { 80 : 192.0.2.1 }')
  const before = objects()
  t.equal(runAtOnce(netlink.list(TABLE)), undefined)
  runAtOnce(netlink.replace(sample, undefined))
  const listed = runAtOnce(netlink.list(TABLE))
  t.ok(listed && sameRuleset(listed, sample))
  runAtOnce(netlink.delete(TABLE))
  t.same(objects(), before)
})

t.test('what others change is seen', async t => {
  const { netlink, nft } = open(t)
  runAtOnce(netlink.replace(sample, undefined))
  const same = () => {
    const listed = runAtOnce(netlink.list(TABLE))
    return listed !== undefined && sameRuleset(listed, sample)
  }
  const changes = {
    'a rule': ['add rule inet sample plain accept', 'flush chain inet sample plain'],
    'an element': ['add element inet sample port { 6 . 7 : 7 }', 'delete element inet sample port { 6 . 7 }'],
    'a chain': ['add chain inet sample another', 'delete chain inet sample another']
  }
  t.ok(same())
  for (const [name, [there]] of Object.entries(changes)) {
    nft(there as string)
    t.notOk(same(), name)
    runAtOnce(netlink.replace(sample, runAtOnce(netlink.list(TABLE))))
    t.ok(same(), `${name}, put back`)
  }
})

t.test('counters are read by both ways alike', async t => {
  const { netlink, json, nft } = open(t)
  runAtOnce(netlink.replace(sample, undefined))
  nft('add element inet sample sent { 6 . 80 counter packets 7 bytes 420, 17 . 53 counter packets 1 bytes 80 }')
  const counts = (listed: Ruleset | undefined) =>
    countsOf(listed?.sets.find(set => set.name === 'sent')).toSorted((a, b) => a.packets - b.packets)
  t.same(counts(runAtOnce(netlink.list(TABLE, { counts: true }))), [
    { key: [17, 53], packets: 1, bytes: 80 },
    { key: [6, 80], packets: 7, bytes: 420 }
  ])
  t.same(counts(runAtOnce(json.list(TABLE))), counts(runAtOnce(netlink.list(TABLE, { counts: true }))))
  t.same(counts(runAtOnce(netlink.list(TABLE))), [], 'only when they are asked for')
})

t.test('two at once, in slices and large, do not get into each other’s way', async t => {
  const { netlink } = open(t)
  const table = (name: string, count: number): Ruleset => ({
    table: name,
    sets: [],
    maps: [
      {
        family: 'inet',
        table: name,
        name: 'm',
        type: ['inet_proto', 'inet_service'],
        map: 'ipv4_addr',
        elem: Array.from({ length: count }, (_, i) => [{ concat: [6, i] }, '192.0.2.1'] as const)
      }
    ],
    chains: [],
    rules: []
  })
  const wanted = ['a', 'b', 'c'].map((name, i) => table(name, 3000 * (i + 1)))
  const small = table('d', 1)
  const working = Promise.all(wanted.map(each => runInSlices(netlink.replace(each, undefined))))
  runAtOnce(netlink.replace(small, undefined))
  await working
  const listed = await Promise.all([...wanted, small].map(({ table: name }) => runInSlices(netlink.list(name))))
  for (const [i, each] of [...wanted, small].entries()) t.ok(listed[i] && sameRuleset(listed[i] as Ruleset, each), each.table)
})

t.test('tables that are closed say so', async t => {
  const { netlink } = open(t)
  netlink[Symbol.dispose]()
  netlink[Symbol.dispose]()
  t.throws(() => runAtOnce(netlink.list(TABLE)), { code: 'ENFTABLES', message: 'these tables are closed' })
})
