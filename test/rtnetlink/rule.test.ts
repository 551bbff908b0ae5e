// Rules as we decode them, beside `ip -j -d rule`.
import t from 'tap'
import { FR_ACT_TO_TBL, RTM_DELRULE, RTM_GETRULE, RTM_NEWRULE, ruleFormat } from '../../src/rtnetlink/rule.ts'
import { AF_INET, AF_INET6 } from '../../src/sys/syscalls.ts'
import { openScratch } from '../netlink/scratch.ts'
import { openPopulated } from './populated.ts'

interface IpRule {
  priority: number
  not?: null
  src: string
  srclen?: number
  dst?: string
  dstlen?: number
  fwmark?: string
  fwmask?: string
  iif?: string
  oif?: string
  table?: string
  goto?: number
  action?: string
  suppress_prefixlen?: number
  suppress_ifgroup?: string
  ipproto?: string
  sport_start?: number
  sport_end?: number
  sport?: number
  dport?: number
  uid_start?: number
  uid_end?: number
  protocol: string
}

const request = { command: 'ip rule show', type: RTM_GETRULE, format: ruleFormat }
const tables: Readonly<Record<string, number>> = { default: 253, main: 254, local: 255 }
const protocols: Readonly<Record<string, number>> = { unspec: 0, kernel: 2 }
const actions: Readonly<Record<number, string>> = { 6: 'blackhole', 7: 'unreachable', 8: 'prohibit' }
const NONE = 0xffff_ffff
const u16 = (...numbers: number[]) => Buffer.from(Uint16Array.from(numbers).buffer).toString('hex')
const u32 = (...numbers: number[]) => Buffer.from(Uint32Array.from(numbers).buffer).toString('hex')
const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex')

for (const family of [AF_INET, AF_INET6]) {
  t.test(`every field that our tables decode, family ${family}`, async t => {
    const { socket, json } = openPopulated(t)
    const bits = family === AF_INET ? 32 : 128
    const ours = socket.dump({ ...request, header: { family } }).map(({ header, values }) => ({
      family: header.family,
      priority: values.priority ?? 0,
      source: values.source ?? 'all',
      sourceLength: header.sourceLength,
      destination: values.destination,
      destinationLength: header.destinationLength,
      mark: values.mark,
      mask: values.mark === undefined ? undefined : values.mask,
      iif: values.incomingLink,
      oif: values.outgoingLink,
      table: header.action === FR_ACT_TO_TBL ? values.table : undefined,
      goto: values.goto,
      action: actions[header.action],
      inverted: (header.flags & 2) !== 0,
      suppressPrefixLength: values.suppressPrefixLength === NONE ? undefined : values.suppressPrefixLength,
      suppressGroup: values.suppressGroup === NONE ? undefined : values.suppressGroup,
      ipProtocol: values.ipProtocol,
      sourcePorts: hex(values.sourcePorts),
      destinationPorts: hex(values.destinationPorts),
      uidRange: hex(values.uidRange),
      protocol: values.protocol
    }))
    const expected = json<IpRule>('-d', family === AF_INET ? '-4' : '-6', 'rule', 'show').map(rule => ({
      family,
      priority: rule.priority,
      source: rule.src,
      sourceLength: rule.src === 'all' ? 0 : (rule.srclen ?? bits),
      destination: rule.dst,
      destinationLength: rule.dst === undefined ? 0 : (rule.dstlen ?? bits),
      mark: rule.fwmark === undefined ? undefined : Number(rule.fwmark),
      mask: rule.fwmark === undefined ? undefined : Number(rule.fwmask ?? NONE),
      iif: rule.iif,
      oif: rule.oif,
      table: rule.table === undefined ? undefined : (tables[rule.table] ?? Number(rule.table)),
      goto: rule.goto,
      action: rule.action,
      inverted: rule.not === null,
      suppressPrefixLength: rule.suppress_prefixlen,
      suppressGroup: rule.suppress_ifgroup === undefined ? undefined : Number(rule.suppress_ifgroup),
      ipProtocol: rule.ipproto === 'tcp' ? 6 : undefined,
      sourcePorts: rule.sport_start === undefined ? undefined : u16(rule.sport_start, rule.sport_end as number),
      destinationPorts: rule.dport === undefined ? undefined : u16(rule.dport, rule.dport),
      uidRange: rule.uid_start === undefined ? undefined : u32(rule.uid_start, rule.uid_end as number),
      protocol: protocols[rule.protocol] ?? Number(rule.protocol)
    }))
    t.ok(expected.length >= 4)
    t.strictSame(ours, expected, 'one by one in the same order')
  })
}

t.test('what we add is there as we said it', async t => {
  const { socket } = openScratch(t)
  for (const family of [AF_INET, AF_INET6]) {
    const header = { family, action: FR_ACT_TO_TBL }
    const values = { mark: 0x1000000, mask: 0x1000000, table: 4242, priority: 1000, protocol: 101 }
    socket.request({ command: 'ip rule add', type: RTM_NEWRULE, flags: 0x600, format: ruleFormat, header, values })
    const find = () => socket.dump({ ...request, header: { family } }).find(entry => entry.values.priority === 1000)
    t.match(find(), { header, values }, String(family))
    socket.request({ command: 'ip rule del', type: RTM_DELRULE, format: ruleFormat, header, values })
    t.equal(find(), undefined)
  }
})
