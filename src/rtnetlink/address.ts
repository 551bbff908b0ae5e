import { attribute } from '../netlink/attribute.ts'
import { address, raw, text, u8, u32 } from '../netlink/payload.ts'
import { struct } from '../netlink/struct.ts'

/** RTM_*ADDR of <linux/rtnetlink.h>. */
export const RTM_NEWADDR = 20
export const RTM_DELADDR = 21
export const RTM_GETADDR = 22
export const RTNLGRP_IPV4_IFADDR = 5
export const RTNLGRP_IPV6_IFADDR = 9

/** struct ifaddrmsg of <linux/if_addr.h>. */
export const addressHeader = struct(
  'ifaddrmsg',
  ['family', 'ifa_family', u8, 1],
  ['prefixLength', 'ifa_prefixlen', u8, 1],
  ['flags', 'ifa_flags', u8, 1],
  ['scope', 'ifa_scope', u8, 1],
  ['index', 'ifa_index', u32, 4]
)

/** IFA_* of <linux/if_addr.h>. IFA_FLAGS carries all flags, the header only the low eight. */
export const addressAttributes = {
  address: attribute('IFA_ADDRESS', 1, address),
  local: attribute('IFA_LOCAL', 2, address),
  label: attribute('IFA_LABEL', 3, text),
  broadcast: attribute('IFA_BROADCAST', 4, address),
  anycast: attribute('IFA_ANYCAST', 5, address),
  cacheInfo: attribute('IFA_CACHEINFO', 6, raw),
  flags: attribute('IFA_FLAGS', 8, u32),
  priority: attribute('IFA_RT_PRIORITY', 9, u32),
  protocol: attribute('IFA_PROTO', 11, u8)
} as const

/** IFA_F_* of <linux/if_addr.h>. */
export const IFA_F_SECONDARY = 0x01
export const IFA_F_NODAD = 0x02
export const IFA_F_DADFAILED = 0x08
export const IFA_F_TENTATIVE = 0x40
export const IFA_F_PERMANENT = 0x80
export const IFA_F_NOPREFIXROUTE = 0x200

export const addressFormat = { header: addressHeader, attributes: addressAttributes }
