import { attribute } from '../netlink/attribute.ts'
import { address, raw, text, u8, u32 } from '../netlink/payload.ts'
import { struct } from '../netlink/struct.ts'

/** RTM_*RULE of <linux/rtnetlink.h>. */
export const RTM_NEWRULE = 32
export const RTM_DELRULE = 33
export const RTM_GETRULE = 34
export const RTNLGRP_IPV4_RULE = 8
export const RTNLGRP_IPV6_RULE = 19

/** struct fib_rule_hdr of <linux/fib_rules.h>. */
export const ruleHeader = struct(
  'fib_rule_hdr',
  ['family', 'family', u8, 1],
  ['destinationLength', 'dst_len', u8, 1],
  ['sourceLength', 'src_len', u8, 1],
  ['tos', 'tos', u8, 1],
  ['table', 'table', u8, 1],
  ['reserved1', 'res1', u8, 1],
  ['reserved2', 'res2', u8, 1],
  ['action', 'action', u8, 1],
  ['flags', 'flags', u32, 4]
)

/** FRA_* of <linux/fib_rules.h>. */
export const ruleAttributes = {
  destination: attribute('FRA_DST', 1, address),
  source: attribute('FRA_SRC', 2, address),
  incomingLink: attribute('FRA_IIFNAME', 3, text),
  goto: attribute('FRA_GOTO', 4, u32),
  priority: attribute('FRA_PRIORITY', 6, u32),
  mark: attribute('FRA_FWMARK', 10, u32),
  flow: attribute('FRA_FLOW', 11, u32),
  suppressGroup: attribute('FRA_SUPPRESS_IFGROUP', 13, u32),
  suppressPrefixLength: attribute('FRA_SUPPRESS_PREFIXLEN', 14, u32),
  table: attribute('FRA_TABLE', 15, u32),
  mask: attribute('FRA_FWMASK', 16, u32),
  outgoingLink: attribute('FRA_OIFNAME', 17, text),
  l3mdev: attribute('FRA_L3MDEV', 19, u8),
  uidRange: attribute('FRA_UID_RANGE', 20, raw),
  protocol: attribute('FRA_PROTOCOL', 21, u8),
  ipProtocol: attribute('FRA_IP_PROTO', 22, u8),
  sourcePorts: attribute('FRA_SPORT_RANGE', 23, raw),
  destinationPorts: attribute('FRA_DPORT_RANGE', 24, raw)
} as const

/** Action "lookup TABLE". */
export const FR_ACT_TO_TBL = 1

export const ruleFormat = { header: ruleHeader, attributes: ruleAttributes }
