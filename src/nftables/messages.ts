import { attribute, nested, type Values } from '../netlink/attribute.ts'
import { netfilterHeader } from '../netlink/netfilter.ts'
import { be32, raw, text } from '../netlink/payload.ts'

/** The part of <linux/netfilter/nf_tables.h> that tables, sets and their elements are made of. Rules and chains are libnftables' business. */

export const NFNL_SUBSYS_NFTABLES = 10
export const NFT_MSG_NEWTABLE = 0
export const NFT_MSG_GETTABLE = 1
export const NFT_MSG_DELTABLE = 2
export const NFT_MSG_NEWSET = 9
export const NFT_MSG_DELSET = 11
export const NFT_MSG_NEWSETELEM = 12
export const NFT_MSG_GETSETELEM = 13
export const NFT_MSG_DELSETELEM = 14
export const NFT_MSG_NEWGEN = 15
export const NFT_MSG_GETGEN = 16

/** What opens and closes a transaction; both carry the subsystem's number as resource. */
export const NFNL_MSG_BATCH_BEGIN = 16
export const NFNL_MSG_BATCH_END = 17

export const NFPROTO_INET = 1

export const NFT_SET_MAP = 0x8
export const NFT_SET_EVAL = 0x20

export const messageType = (number: number): number => (NFNL_SUBSYS_NFTABLES << 8) | number

export const tableAttributes = {
  name: attribute('NFTA_TABLE_NAME', 1, text),
  flags: attribute('NFTA_TABLE_FLAGS', 2, be32)
} as const

export const setDescriptionAttributes = {
  size: attribute('NFTA_SET_DESC_SIZE', 1, be32)
} as const

export const setAttributes = {
  table: attribute('NFTA_SET_TABLE', 1, text),
  name: attribute('NFTA_SET_NAME', 2, text),
  flags: attribute('NFTA_SET_FLAGS', 3, be32),
  keyType: attribute('NFTA_SET_KEY_TYPE', 4, be32),
  keyLength: attribute('NFTA_SET_KEY_LEN', 5, be32),
  dataType: attribute('NFTA_SET_DATA_TYPE', 6, be32),
  dataLength: attribute('NFTA_SET_DATA_LEN', 7, be32),
  description: attribute('NFTA_SET_DESC', 9, nested(setDescriptionAttributes, { nestedFlag: true })),
  id: attribute('NFTA_SET_ID', 10, be32),
  /** What libnftables keeps for itself: how the bytes of keys and data are to be read. */
  userData: attribute('NFTA_SET_USERDATA', 13, raw)
} as const

export const dataAttributes = {
  value: attribute('NFTA_DATA_VALUE', 1, raw)
} as const

export const elementAttributes = {
  key: attribute('NFTA_SET_ELEM_KEY', 1, nested(dataAttributes, { nestedFlag: true })),
  data: attribute('NFTA_SET_ELEM_DATA', 2, nested(dataAttributes, { nestedFlag: true })),
  flags: attribute('NFTA_SET_ELEM_FLAGS', 3, be32)
} as const

/** A list of which the codec knows the first; the others stay raw. Dumps of many are read by element-decoder.ts. */
export const listAttributes = {
  element: attribute('NFTA_LIST_ELEM', 1, nested(elementAttributes, { nestedFlag: true }))
} as const

export const elementListAttributes = {
  table: attribute('NFTA_SET_ELEM_LIST_TABLE', 1, text),
  set: attribute('NFTA_SET_ELEM_LIST_SET', 2, text),
  elements: attribute('NFTA_SET_ELEM_LIST_ELEMENTS', 3, nested(listAttributes, { nestedFlag: true })),
  setId: attribute('NFTA_SET_ELEM_LIST_SET_ID', 4, be32)
} as const

/** NFTA_GEN_*: what ends a transaction, and the number of the last one. */
export const generationAttributes = {
  id: attribute('NFTA_GEN_ID', 1, be32),
  processId: attribute('NFTA_GEN_PROC_PID', 2, be32),
  processName: attribute('NFTA_GEN_PROC_NAME', 3, text)
} as const

export const tableFormat = { header: netfilterHeader, attributes: tableAttributes }
export const setFormat = { header: netfilterHeader, attributes: setAttributes }
export const elementListFormat = { header: netfilterHeader, attributes: elementListAttributes }
export const generationFormat = { header: netfilterHeader, attributes: generationAttributes }

export type SetValues = Values<typeof setAttributes>
