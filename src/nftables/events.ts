import { walk } from '../netlink/attribute.ts'
import type { RawMessage } from '../netlink/message.ts'
import { text } from '../netlink/payload.ts'
import { messageType, NFT_MSG_NEWGEN } from './messages.ts'

/** Multicast group of <linux/netfilter/nfnetlink.h>. */
export const NFNLGRP_NFTABLES = 7

export const isGeneration = (message: RawMessage): boolean => message.type === messageType(NFT_MSG_NEWGEN)

/** struct nfgenmsg, in front of the attributes of every netfilter message. */
const NFGENMSG_SIZE = 4

/** In every NFTA_*_TABLE (and NFTA_TABLE_NAME) the table's name is attribute 1. */
const TABLE_NAME = 1

/** The table that a change is about. */
export function messageTable(message: RawMessage): string | undefined {
  const attributes = message.body.subarray(NFGENMSG_SIZE)
  let table: string | undefined
  walk(attributes, (type, start, end) => {
    if (type !== TABLE_NAME) return undefined
    table = text.decode(attributes.subarray(start, end), {})
    return true
  })
  return table
}
