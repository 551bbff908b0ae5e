import { attribute, nested, type Values } from '../netlink/attribute.ts'
import { netfilterHeader } from '../netlink/netfilter.ts'
import { address, be16, be32, u8 } from '../netlink/payload.ts'

/** NFNL_SUBSYS_CTNETLINK and IPCTNL_MSG_CT_* of <linux/netfilter/nfnetlink_conntrack.h>. */
export const NFNL_SUBSYS_CTNETLINK = 1
export const IPCTNL_MSG_CT_GET = 1
export const IPCTNL_MSG_CT_DELETE = 2

export const tupleAddressAttributes = {
  source4: attribute('CTA_IP_V4_SRC', 1, address),
  destination4: attribute('CTA_IP_V4_DST', 2, address),
  source6: attribute('CTA_IP_V6_SRC', 3, address),
  destination6: attribute('CTA_IP_V6_DST', 4, address)
} as const

export const tupleProtocolAttributes = {
  number: attribute('CTA_PROTO_NUM', 1, u8),
  sourcePort: attribute('CTA_PROTO_SRC_PORT', 2, be16),
  destinationPort: attribute('CTA_PROTO_DST_PORT', 3, be16),
  icmpId: attribute('CTA_PROTO_ICMP_ID', 4, be16),
  icmpType: attribute('CTA_PROTO_ICMP_TYPE', 5, u8),
  icmpCode: attribute('CTA_PROTO_ICMP_CODE', 6, u8),
  icmpv6Id: attribute('CTA_PROTO_ICMPV6_ID', 7, be16),
  icmpv6Type: attribute('CTA_PROTO_ICMPV6_TYPE', 8, u8),
  icmpv6Code: attribute('CTA_PROTO_ICMPV6_CODE', 9, u8)
} as const

export const tupleAttributes = {
  addresses: attribute('CTA_TUPLE_IP', 1, nested(tupleAddressAttributes, { nestedFlag: true })),
  protocol: attribute('CTA_TUPLE_PROTO', 2, nested(tupleProtocolAttributes, { nestedFlag: true })),
  zone: attribute('CTA_TUPLE_ZONE', 3, be16)
} as const

export const flowAttributes = {
  original: attribute('CTA_TUPLE_ORIG', 1, nested(tupleAttributes, { nestedFlag: true })),
  reply: attribute('CTA_TUPLE_REPLY', 2, nested(tupleAttributes, { nestedFlag: true })),
  status: attribute('CTA_STATUS', 3, be32),
  timeout: attribute('CTA_TIMEOUT', 7, be32),
  mark: attribute('CTA_MARK', 8, be32),
  id: attribute('CTA_ID', 12, be32),
  zone: attribute('CTA_ZONE', 18, be16)
} as const

export const flowFormat = { header: netfilterHeader, attributes: flowAttributes }
export type FlowValues = Values<typeof flowAttributes>
