// A table with every kind of object, statement and expression that ours is made of.
import {
  accept,
  anyOf,
  comesBy,
  concat,
  count,
  countIn,
  ct,
  differs,
  drop,
  equals,
  has,
  isFamily,
  isMarked,
  leavesBy,
  mapped,
  meta,
  payload,
  setMark,
  toLocalAddress
} from '../../src/nftables/expressions.ts'
import type { Ruleset } from '../../src/nftables/ruleset.ts'
import type { Chain, NftMap, NftSet, Rule, Statement } from '../../src/nftables/schema.ts'

export const TABLE = 'sample'
const of = { family: 'inet', table: TABLE } as const
/** Numbers, as libnftables lists them: names would depend on /etc/protocols. */
const TCP = 6
const UDP = 17
const MARK = 0x1000000

const chain = (name: string, type: Chain['type'] & string, hook: string, prio: number, policy: Chain['policy'] = 'accept'): Chain => ({
  ...of,
  name,
  type,
  hook,
  prio,
  ...(policy === undefined ? {} : { policy })
})
const set = (name: string, rest: Partial<NftSet>): NftSet => ({ ...of, name, type: ['inet_proto', 'inet_service'], ...rest })
const map = (name: string, to: string, elem: NonNullable<NftMap['elem']>): NftMap => ({
  ...of,
  name,
  type: ['inet_proto', 'inet_service'],
  map: to,
  elem
})
const rule = (chain: string, ...expr: Statement[]): Rule => ({ ...of, chain, expr })

const dialled = concat(meta('l4proto'), payload('th', 'dport'))
const marks = [setMark(ct('mark'), MARK, MARK), setMark(meta('mark'), MARK, MARK)]

const clamp: Statement = { mangle: { key: { 'tcp option': { name: 'maxseg', field: 'size' } }, value: { rt: { key: 'mtu' } } } }
const unnamed = { set: ['::', { prefix: { addr: 'fe80::', len: 10 } }] }

export const sample: Ruleset = {
  table: TABLE,
  sets: [
    set('local_ports', { elem: [concat(TCP, 9090), concat(UDP, 9091)] }),
    set('sent', { flags: ['dynamic'], size: 1024 }),
    set('networks', { type: ['ipv4_addr', 'inet_proto'], elem: [concat('192.0.2.1', TCP), concat('198.51.100.7', UDP)] })
  ],
  maps: [
    map('address4', 'ipv4_addr', [
      [concat(TCP, 80), '203.0.113.7'],
      [concat(UDP, 53), '203.0.113.8']
    ]),
    map('address6', 'ipv6_addr', [[concat(TCP, 80), '2001:db8::7']]),
    map('port', 'inet_service', [
      [concat(TCP, 80), 8080],
      [concat(UDP, 53), 53]
    ])
  ],
  chains: [
    chain('restore', 'filter', 'prerouting', -150),
    chain('redirects', 'nat', 'prerouting', -100),
    chain('input', 'filter', 'input', 0),
    chain('forward', 'filter', 'forward', 0, 'drop'),
    chain('source', 'nat', 'postrouting', 100),
    chain('errors', 'filter', 'output', -150),
    { ...of, name: 'plain' }
  ],
  rules: [
    rule('restore', comesBy('eth0'), isMarked(ct('mark'), MARK, MARK), setMark(meta('mark'), MARK, MARK)),
    rule('restore', equals(meta('l4proto'), anyOf(TCP, UDP)), countIn('sent', dialled)),
    rule('redirects', comesBy('eth0'), toLocalAddress, equals(dialled, '@local_ports'), accept),
    rule('redirects', isFamily('ipv4'), ...marks, {
      dnat: { family: 'ip', addr: mapped(dialled, 'address4'), port: mapped(dialled, 'port') }
    }),
    rule('redirects', isFamily('ipv6'), ...marks, { dnat: { family: 'ip6', addr: mapped(dialled, 'address6') } }),
    rule('redirects', isFamily('ipv4'), equals(meta('l4proto'), TCP), { dnat: { family: 'ip', addr: '192.0.2.9' } }),
    rule('input', comesBy('macvlan0'), has(ct('state'), ['established', 'related']), accept),
    rule('input', comesBy('macvlan0'), equals(payload('icmpv6', 'type'), anyOf('nd-neighbor-solicit', 'nd-neighbor-advert')), accept),
    rule('input', comesBy('macvlan0'), count, drop),
    rule('forward', leavesBy('macvlan0'), has(ct('status'), 'dnat'), accept),
    rule('forward', comesBy('eth0'), equals(meta('l4proto'), TCP), { reject: { type: 'tcp reset' } }),
    rule('forward', equals({ '&': [payload('tcp', 'flags'), ['syn', 'rst']] }, 'syn'), clamp),
    { ...rule('forward', { reject: { type: 'icmpx', expr: 'port-unreachable' } }), comment: 'the last word' },
    rule('source', leavesBy('macvlan0'), differs(payload('ip', 'saddr'), '192.0.2.1'), { snat: { family: 'ip', addr: '192.0.2.1' } }),
    rule('source', leavesBy('macvlan0'), equals(payload('ip6', 'saddr'), unnamed), accept),
    rule('errors', equals(payload('icmpv6', 'type'), 'packet-too-big'), setMark(meta('mark'), MARK, 0xff000000)),
    { ...rule('plain', { return: null }), comment: 'net/ipv4/conf/eth0.7/rp_filter=1' },
    rule('plain', equals(payload('ip', 'daddr'), { prefix: { addr: '198.51.100.0', len: 24 } }), { return: null })
  ]
}
