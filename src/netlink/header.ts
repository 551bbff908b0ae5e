import { u16, u32 } from './payload.ts'
import { struct } from './struct.ts'

/** struct nlmsghdr of <linux/netlink.h>. */
export const messageHeader = struct(
  'nlmsghdr',
  ['length', 'nlmsg_len', u32, 4],
  ['type', 'nlmsg_type', u16, 2],
  ['flags', 'nlmsg_flags', u16, 2],
  ['sequence', 'nlmsg_seq', u32, 4],
  ['port', 'nlmsg_pid', u32, 4]
)

export const HEADER_SIZE = 16

export const NLMSG_NOOP = 1
export const NLMSG_ERROR = 2
export const NLMSG_DONE = 3
export const NLMSG_OVERRUN = 4

export const NLM_F_REQUEST = 0x1
export const NLM_F_MULTI = 0x2
export const NLM_F_ACK = 0x4
export const NLM_F_ECHO = 0x8
export const NLM_F_DUMP_INTR = 0x10
export const NLM_F_DUMP = 0x300
export const NLM_F_EXCL = 0x200
export const NLM_F_CREATE = 0x400
/** On an acknowledgement: the request is cut to its header; attributes follow. */
export const NLM_F_CAPPED = 0x100
export const NLM_F_ACK_TLVS = 0x200
