import { attribute, nested, nestedBy } from '../netlink/attribute.ts'
import type { MessageFormat } from '../netlink/message.ts'
import { mac, raw, s32, text, u8, u16, u32 } from '../netlink/payload.ts'
import { struct } from '../netlink/struct.ts'

/** RTM_*LINK of <linux/rtnetlink.h>. */
export const RTM_NEWLINK = 16
export const RTM_DELLINK = 17
export const RTM_GETLINK = 18
export const RTNLGRP_LINK = 1

/** struct ifinfomsg of <linux/rtnetlink.h>. */
export const linkHeader = struct(
  'ifinfomsg',
  ['family', 'ifi_family', u8, 1],
  ['pad', '__ifi_pad', u8, 1],
  ['type', 'ifi_type', u16, 2],
  ['index', 'ifi_index', s32, 4],
  ['flags', 'ifi_flags', u32, 4],
  ['change', 'ifi_change', u32, 4]
)

/** IFLA_MACVLAN_* of <linux/if_link.h>. */
export const macvlanAttributes = {
  mode: attribute('IFLA_MACVLAN_MODE', 1, u32),
  flags: attribute('IFLA_MACVLAN_FLAGS', 2, u16),
  macaddrMode: attribute('IFLA_MACVLAN_MACADDR_MODE', 3, u32),
  macaddr: attribute('IFLA_MACVLAN_MACADDR', 4, mac),
  macaddrCount: attribute('IFLA_MACVLAN_MACADDR_COUNT', 6, u32)
} as const

/** IFLA_INFO_* of <linux/if_link.h>; the kernel's own data are chosen by the kind. */
export const linkInfoAttributes = {
  kind: attribute('IFLA_INFO_KIND', 1, text),
  data: attribute('IFLA_INFO_DATA', 2, nestedBy('kind', { macvlan: macvlanAttributes })),
  xstats: attribute('IFLA_INFO_XSTATS', 3, raw),
  slaveKind: attribute('IFLA_INFO_SLAVE_KIND', 4, text),
  slaveData: attribute('IFLA_INFO_SLAVE_DATA', 5, raw)
} as const

/** IFLA_* of <linux/if_link.h>, those we read or write; the rest survives as raw bytes. */
export const linkAttributes = {
  address: attribute('IFLA_ADDRESS', 1, mac),
  broadcast: attribute('IFLA_BROADCAST', 2, mac),
  name: attribute('IFLA_IFNAME', 3, text),
  mtu: attribute('IFLA_MTU', 4, u32),
  link: attribute('IFLA_LINK', 5, u32),
  master: attribute('IFLA_MASTER', 10, u32),
  queueLength: attribute('IFLA_TXQLEN', 13, u32),
  operationalState: attribute('IFLA_OPERSTATE', 16, u8),
  linkMode: attribute('IFLA_LINKMODE', 17, u8),
  info: attribute('IFLA_LINKINFO', 18, nested(linkInfoAttributes)),
  namespacePid: attribute('IFLA_NET_NS_PID', 19, u32),
  alias: attribute('IFLA_IFALIAS', 20, text),
  group: attribute('IFLA_GROUP', 27, u32),
  namespaceFd: attribute('IFLA_NET_NS_FD', 28, u32),
  extendedMask: attribute('IFLA_EXT_MASK', 29, u32),
  carrier: attribute('IFLA_CARRIER', 33, u8),
  linkNamespaceId: attribute('IFLA_LINK_NETNSID', 37, s32)
} as const

/** IFF_* of <linux/if.h>. */
export const IFF_UP = 0x1
export const IFF_LOWER_UP = 0x10000

/** IF_OPER_* of <linux/if.h> by number. */
export const operationalStates = ['unknown', 'notpresent', 'down', 'lowerlayerdown', 'testing', 'dormant', 'up'] as const

/** MACVLAN_MODE_* of <linux/if_link.h>. */
export const macvlanModes = { private: 1, vepa: 2, bridge: 4, passthru: 8, source: 16 } as const

/** Statistics left out of a dump: RTEXT_FILTER_SKIP_STATS of <linux/rtnetlink.h>. */
export const RTEXT_FILTER_SKIP_STATS = 8

export const linkFormat = { header: linkHeader, attributes: linkAttributes } satisfies MessageFormat<unknown, typeof linkAttributes>
