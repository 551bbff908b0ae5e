import { attribute, nested } from '../netlink/attribute.ts'
import { address, raw, u8, u16, u32 } from '../netlink/payload.ts'
import { struct } from '../netlink/struct.ts'

/** RTM_*ROUTE of <linux/rtnetlink.h>. */
export const RTM_NEWROUTE = 24
export const RTM_DELROUTE = 25
export const RTM_GETROUTE = 26
export const RTNLGRP_IPV4_ROUTE = 7
export const RTNLGRP_IPV6_ROUTE = 11

/** struct rtmsg of <linux/rtnetlink.h>. */
export const routeHeader = struct(
  'rtmsg',
  ['family', 'rtm_family', u8, 1],
  ['destinationLength', 'rtm_dst_len', u8, 1],
  ['sourceLength', 'rtm_src_len', u8, 1],
  ['tos', 'rtm_tos', u8, 1],
  ['table', 'rtm_table', u8, 1],
  ['protocol', 'rtm_protocol', u8, 1],
  ['scope', 'rtm_scope', u8, 1],
  ['type', 'rtm_type', u8, 1],
  ['flags', 'rtm_flags', u32, 4]
)

/** RTAX_* of <linux/rtnetlink.h>. */
export const routeMetricAttributes = {
  mtu: attribute('RTAX_MTU', 2, u32),
  advertisedMss: attribute('RTAX_ADVMSS', 8, u32)
} as const

/** RTA_* of <linux/rtnetlink.h>. */
export const routeAttributes = {
  destination: attribute('RTA_DST', 1, address),
  source: attribute('RTA_SRC', 2, address),
  incomingLink: attribute('RTA_IIF', 3, u32),
  outgoingLink: attribute('RTA_OIF', 4, u32),
  gateway: attribute('RTA_GATEWAY', 5, address),
  priority: attribute('RTA_PRIORITY', 6, u32),
  preferredSource: attribute('RTA_PREFSRC', 7, address),
  metrics: attribute('RTA_METRICS', 8, nested(routeMetricAttributes)),
  multipath: attribute('RTA_MULTIPATH', 9, raw),
  cacheInfo: attribute('RTA_CACHEINFO', 12, raw),
  table: attribute('RTA_TABLE', 15, u32),
  mark: attribute('RTA_MARK', 16, u32),
  via: attribute('RTA_VIA', 18, raw),
  preference: attribute('RTA_PREF', 20, u8),
  encapsulationType: attribute('RTA_ENCAP_TYPE', 21, u16),
  encapsulation: attribute('RTA_ENCAP', 22, raw),
  // seconds in four bytes for IPv6, ticks in eight for a multicast route
  expires: attribute('RTA_EXPIRES', 23, raw),
  nexthopId: attribute('RTA_NH_ID', 30, u32)
} as const

export const RT_TABLE_COMPAT = 252
export const RT_TABLE_MAIN = 254
export const RTPROT_KERNEL = 2
export const RTNH_F_ONLINK = 4
export const RTM_F_CLONED = 0x200

/** RTN_* and RT_SCOPE_* of <linux/rtnetlink.h>, by the words of ip-route(8). */
export const routeTypes = {
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8
} as const
export const routeScopes = { global: 0, site: 200, link: 253, host: 254, nowhere: 255 } as const

export const routeFormat = { header: routeHeader, attributes: routeAttributes }
