import { attribute, walk } from '../netlink/attribute.ts'
import type { RawMessage } from '../netlink/message.ts'
import { be32, text } from '../netlink/payload.ts'

/** Multicast group and messages of <linux/netfilter/nfnetlink.h> and <linux/netfilter/nf_tables.h>. */
export const NFNLGRP_NFTABLES = 7
export const NFNL_SUBSYS_NFTABLES = 10
export const NFT_MSG_NEWGEN = 15

/** NFTA_GEN_*: what ends a transaction. */
export const generationAttributes = {
  id: attribute('NFTA_GEN_ID', 1, be32),
  processId: attribute('NFTA_GEN_PROC_PID', 2, be32),
  processName: attribute('NFTA_GEN_PROC_NAME', 3, text)
} as const

export const isGeneration = (message: RawMessage): boolean => message.type === ((NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_NEWGEN)

/** struct nfgenmsg, in front of the attributes of every netfilter message. */
const NFGENMSG_SIZE = 4

/** In every NFTA_*_TABLE (and NFTA_TABLE_NAME) the table's name is attribute 1. */
const TABLE_NAME = 1

/** The table that a change is about. */
export function messageTable(message: RawMessage): string | undefined {
  for (const { type, payload } of walk(message.body.subarray(NFGENMSG_SIZE))) {
    if (type === TABLE_NAME) return text.decode(payload, {})
  }
  return undefined
}
