// libnftables prints an expression in its own form: every ruleset of ours must be written in that very form, or it would never be in sync.
import fc from 'fast-check'
import t from 'tap'
import type { EgressConfig } from '../../src/config/shape.ts'
import { compileRuleset } from '../../src/egress/ruleset.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { openLinux } from '../../src/kernel/linux.ts'
import { sameRuleset } from '../../src/nftables/ruleset.ts'
import { numbers, sample, source4, source6 } from '../egress/sample.ts'
import { JsonStage, LinuxStage } from '../kernel/stage.ts'
import { configs } from './configs.ts'

const marked = (mark: number, mask: number) => sample({ numbers: { ...numbers, mark, mask } })
const to4 = (port: number) => ({ protocol: 'tcp' as const, port, destination: { address: `203.0.113.${(port % 250) + 1}`, port } })
const named: Readonly<Record<string, EgressConfig>> = {
  'a mask wider than the mark': marked(0x1000000, 0x3000000),
  'a mask of all bits': marked(0x1000000, 0xffffffff),
  'all bits': marked(0xffffffff, 0xffffffff),
  'the highest bit': marked(0x80000000, 0x80000000),
  'the lowest bit': marked(1, 1),
  'nothing is redirected': sample(),
  'only a fallback': sample({ fallbacks: [{ family: 'ipv4', address: '203.0.113.25' }] }),
  'only redirects': sample({ redirects: [to4(80), to4(443)] }),
  SCTP: sample({ redirects: [{ protocol: 'sctp', port: 5000, destination: { address: '203.0.113.25', port: 5000 } }] }),
  'IPv6 only': sample({ sources: [source6], fallbacks: [{ family: 'ipv6', address: '2001:db8:113::25' }] }),
  'both families': sample({
    sources: [source4, source6],
    redirects: [to4(80), { protocol: 'udp', port: 53, destination: { address: '2001:db8:113::25', port: 53 } }],
    fallbacks: [
      { family: 'ipv4', address: '203.0.113.25' },
      { family: 'ipv6', address: '2001:db8:113::25' }
    ]
  }),
  'local ports': sample({
    localPorts: [
      { protocol: 'tcp', port: 8080 },
      { protocol: 'sctp', port: 1 }
    ]
  }),
  'ranges that touch': sample({ redirects: [1, 2, 3, 4, 65_534, 65_535].map(to4) }),
  '300 redirects': sample({ redirects: Array.from({ length: 300 }, (_, n) => to4(n + 1)) }),
  'links with odd names': sample({ interface: 'net1.7', clusterInterface: 'eth0-a_b' })
}

const memory = [
  { key: 'net/ipv4/conf/macvlan0/rp_filter', value: '0' },
  { key: 'net/ipv4/tcp_rmem', value: '4096\t131072\t6291456' }
]

function isListedAsWritten(kernel: Kernel, config: EgressConfig): boolean {
  const wanted = compileRuleset(config, config.clusterInterface, memory)
  const before = kernel.observe({ sysctls: [] }).ruleset
  kernel.apply({ kind: 'ruleset', verb: before ? 'change' : 'add', resource: wanted, before })
  const listed = kernel.observe({ sysctls: [] }).ruleset
  return listed !== undefined && sameRuleset(wanted, listed)
}

for (const Kind of [LinuxStage, JsonStage]) {
  t.test(Kind.name, async t => {
    const stage = new Kind()
    t.teardown(() => stage[Symbol.dispose]())
    for (const [name, config] of Object.entries(named)) t.ok(isListedAsWritten(stage.kernel, config), name)
    // each replaces the one before it
    fc.assert(
      fc.property(configs, config => isListedAsWritten(stage.kernel, config)),
      { numRuns: 100 }
    )
    // and what libnftables lists of it is what was meant, whoever wrote it
    const reference = openLinux({ namespace: stage.name, elements: 'json' })
    t.teardown(() => reference[Symbol.dispose]())
    const [now, byLibrary] = [stage.kernel.ruleset(), reference.ruleset()]
    t.ok(now && byLibrary && sameRuleset(now, byLibrary), 'read by both ways')
  })
}
