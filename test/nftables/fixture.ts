// Golden bytes: transactions that nft(8) sent, captured by test/fixtures/nftables/capture.sh.
import type { AttributeTable } from '../../src/netlink/attribute.ts'
import { decodeBody, type MessageFormat, type RawMessage, splitDatagram } from '../../src/netlink/message.ts'
import {
  elementListFormat,
  messageType,
  NFNL_SUBSYS_NFTABLES,
  NFT_MSG_DELSET,
  NFT_MSG_DELSETELEM,
  NFT_MSG_DELTABLE,
  NFT_MSG_NEWSET,
  NFT_MSG_NEWSETELEM,
  NFT_MSG_NEWTABLE,
  setFormat,
  tableFormat
} from '../../src/nftables/messages.ts'
import { openGolden } from '../kit/golden.ts'

export const { names: fixtureNames, read: fixture } = openGolden('nftables')

type AnyFormat = MessageFormat<Record<string, number>, AttributeTable>
const formats = new Map<number, unknown>([
  [NFT_MSG_NEWTABLE, tableFormat],
  [NFT_MSG_DELTABLE, tableFormat],
  [NFT_MSG_NEWSET, setFormat],
  [NFT_MSG_DELSET, setFormat],
  [NFT_MSG_NEWSETELEM, elementListFormat],
  [NFT_MSG_DELSETELEM, elementListFormat]
])

export const formatOf = ({ type }: RawMessage): AnyFormat | undefined => formats.get(type - messageType(0)) as AnyFormat | undefined

/** The messages of a transaction between its begin and its end, decoded. */
export function messagesOf(bytes: Uint8Array): Array<{ message: RawMessage; values: Record<string, unknown> }> {
  return [...splitDatagram(bytes)]
    .filter(({ type }) => type >> 8 === NFNL_SUBSYS_NFTABLES)
    .map(message => ({ message, values: decodeBody(formatOf(message) as AnyFormat, message.body).values }))
}
