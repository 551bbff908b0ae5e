// Addresses as we decode them, beside `ip -j -d addr`.
import t from 'tap'
import {
  addressFormat,
  IFA_F_DADFAILED,
  IFA_F_NODAD,
  IFA_F_NOPREFIXROUTE,
  IFA_F_PERMANENT,
  IFA_F_SECONDARY,
  IFA_F_TENTATIVE,
  RTM_DELADDR,
  RTM_GETADDR,
  RTM_NEWADDR
} from '../../src/rtnetlink/address.ts'
import { routeScopes } from '../../src/rtnetlink/route.ts'
import { AF_INET, AF_INET6 } from '../../src/sys/syscalls.ts'
import { openScratch } from '../netlink/scratch.ts'
import { openPopulated, readTogether } from './populated.ts'

interface IpAddress {
  family: string
  local: string
  address?: string
  prefixlen: number
  broadcast?: string
  metric?: number
  scope: keyof typeof routeScopes
  label?: string
  secondary?: boolean
  noprefixroute?: boolean
  nodad?: boolean
  tentative?: boolean
  dadfailed?: boolean
  dynamic?: boolean
}

const request = { command: 'ip addr show', type: RTM_GETADDR, format: addressFormat }

t.test('every field that our tables decode', async t => {
  const { socket, json } = openPopulated(t)
  const dump = () =>
    socket.dump(request).map(({ header, values }) => {
      const flags = values.flags ?? 0
      const local = values.local ?? values.address
      return {
        index: header.index,
        family: header.family,
        prefixLength: header.prefixLength,
        scope: header.scope,
        local,
        peer: values.address === local ? undefined : values.address,
        broadcast: values.broadcast,
        label: values.label,
        priority: values.priority,
        secondary: (flags & IFA_F_SECONDARY) !== 0,
        noPrefixRoute: (flags & IFA_F_NOPREFIXROUTE) !== 0,
        noDad: (flags & IFA_F_NODAD) !== 0,
        tentative: (flags & IFA_F_TENTATIVE) !== 0,
        dadFailed: (flags & IFA_F_DADFAILED) !== 0,
        permanent: (flags & IFA_F_PERMANENT) !== 0
      }
    })
  const { ours, theirs } = readTogether(dump, () => json<{ ifindex: number; addr_info: IpAddress[] }>('-d', 'addr', 'show'))
  const expected = theirs.flatMap(({ ifindex, addr_info }) =>
    addr_info.map(address => ({
      index: ifindex,
      family: address.family === 'inet' ? AF_INET : AF_INET6,
      prefixLength: address.prefixlen,
      scope: routeScopes[address.scope],
      local: address.local,
      peer: address.address,
      broadcast: address.broadcast,
      label: address.label,
      priority: address.metric,
      secondary: address.secondary ?? false,
      noPrefixRoute: address.noprefixroute ?? false,
      noDad: address.nodad ?? false,
      tentative: address.tentative ?? false,
      dadFailed: address.dadfailed ?? false,
      permanent: !address.dynamic
    }))
  )
  t.ok(expected.length >= 10, 'many kinds')
  t.equal(ours.length, expected.length)
  for (const address of expected)
    t.strictSame(
      ours.find(({ local }) => local === address.local),
      address,
      address.local
    )
})

t.test('what we add is there as we said it, with the protocol that marks it as ours', async t => {
  const { socket, json } = openScratch(t, 'link add p0 type veth peer name p1')
  const [link] = json<{ ifindex: number }>('link', 'show', 'p0')
  const index = link?.ifindex as number
  for (const [family, local, prefixLength] of [
    [AF_INET, '192.0.2.10', 24],
    [AF_INET6, '2001:db8::10', 64]
  ] as const) {
    const header = { family, index, prefixLength }
    const values = { local, address: local, flags: IFA_F_NOPREFIXROUTE | IFA_F_NODAD, protocol: 101 }
    socket.request({ command: 'ip addr add', type: RTM_NEWADDR, flags: 0x600, format: addressFormat, header, values })
    const found = socket.dump(request).find(entry => (entry.values.local ?? entry.values.address) === local)
    t.match(found, { header, values: { address: local, protocol: 101 } }, local)
    t.ok((found?.values.flags ?? 0) & IFA_F_NOPREFIXROUTE)
    t.same(json('route', 'show', 'table', 'main'), [], 'no connected route')
    socket.request({ command: 'ip addr del', type: RTM_DELADDR, format: addressFormat, header, values: { local, address: local } })
    t.notOk(socket.dump(request).some(entry => (entry.values.local ?? entry.values.address) === local))
  }
})
