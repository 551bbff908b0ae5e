// Links as we decode them, beside `ip -j -d link`.
import t from 'tap'
import {
  IFF_LOWER_UP,
  IFF_UP,
  linkFormat,
  macvlanModes,
  operationalStates,
  RTEXT_FILTER_SKIP_STATS,
  RTM_GETLINK
} from '../../src/rtnetlink/link.ts'
import { openPopulated, readTogether } from './populated.ts'

interface IpLink {
  ifindex: number
  ifname: string
  flags: string[]
  mtu: number
  operstate: string
  linkmode: string
  txqlen?: number
  address?: string
  broadcast?: string
  ifalias?: string
  link?: string | null
  link_index?: number
  link_netnsid?: number
  master?: string
  linkinfo?: { info_kind?: string; info_slave_kind?: string; info_data?: { mode?: string; macaddr_count?: number } }
}

const wordOf = (words: Readonly<Record<string, number>>, number: number | undefined) =>
  Object.entries(words).find(([, value]) => value === number)?.[0]
const linkModes = ['DEFAULT', 'DORMANT']

t.test('every field that our tables decode', async t => {
  const { socket, json } = openPopulated(t)
  const request = { command: 'ip link show', type: RTM_GETLINK, format: linkFormat, values: { extendedMask: RTEXT_FILTER_SKIP_STATS } }
  const dump = () =>
    socket.dump(request).map(({ header, values }) => {
      const { info } = values
      const data = info?.data instanceof Uint8Array ? undefined : info?.data
      return {
        index: header.index,
        name: values.name,
        up: (header.flags & IFF_UP) !== 0,
        lowerUp: (header.flags & IFF_LOWER_UP) !== 0,
        mtu: values.mtu,
        operationalState: operationalStates[values.operationalState ?? -1]?.toUpperCase(),
        linkMode: linkModes[values.linkMode ?? -1],
        queueLength: values.queueLength,
        address: values.address,
        broadcast: values.broadcast,
        alias: values.alias,
        link: values.link,
        linkNamespaceId: values.linkNamespaceId,
        master: values.master,
        kind: info?.kind,
        slaveKind: info?.slaveKind,
        mode: info?.kind === 'macvlan' ? wordOf(macvlanModes, data?.mode as number | undefined) : undefined,
        count: info?.kind === 'macvlan' && data?.mode === macvlanModes.source ? data.macaddrCount : undefined
      }
    })
  const { ours, theirs } = readTogether(dump, () => json<IpLink>('-d', 'link', 'show'))
  const indexOf = new Map(theirs.map(link => [link.ifname, link.ifindex]))
  t.ok(theirs.length >= 16, 'many kinds')
  t.equal(ours.length, theirs.length)
  for (const link of theirs) {
    const isMacvlan = link.linkinfo?.info_kind === 'macvlan'
    const expected = {
      index: link.ifindex,
      name: link.ifname,
      up: link.flags.includes('UP'),
      lowerUp: link.flags.includes('LOWER_UP'),
      mtu: link.mtu,
      operationalState: link.operstate,
      linkMode: link.linkmode,
      queueLength: link.txqlen ?? 0,
      address: link.address,
      broadcast: link.broadcast,
      alias: link.ifalias,
      link: link.link ? indexOf.get(link.link) : link.link_index,
      linkNamespaceId: link.link_netnsid,
      master: link.master === undefined ? undefined : indexOf.get(link.master),
      kind: link.linkinfo?.info_kind,
      slaveKind: link.linkinfo?.info_slave_kind,
      mode: isMacvlan ? link.linkinfo?.info_data?.mode : undefined,
      count: isMacvlan ? link.linkinfo?.info_data?.macaddr_count : undefined
    }
    t.strictSame(
      ours.find(({ index }) => index === link.ifindex),
      expected,
      link.ifname
    )
  }
})
