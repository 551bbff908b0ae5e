// Golden bytes: messages that ip(8) sent and the kernel answered, captured by test/fixtures/netlink/capture.sh.
import type { AttributeTable } from '../../src/netlink/attribute.ts'
import { decodeBody, type MessageFormat, type RawMessage, splitDatagram } from '../../src/netlink/message.ts'
import { addressFormat, RTM_NEWADDR } from '../../src/rtnetlink/address.ts'
import { linkFormat, RTM_NEWLINK } from '../../src/rtnetlink/link.ts'
import { neighborFormat, RTM_NEWNEIGH } from '../../src/rtnetlink/neighbor.ts'
import { RTM_NEWROUTE, routeFormat } from '../../src/rtnetlink/route.ts'
import { RTM_NEWRULE, ruleFormat } from '../../src/rtnetlink/rule.ts'
import { openGolden } from '../kit/golden.ts'

export const { names: fixtureNames, read: fixture } = openGolden('netlink')

type AnyFormat = MessageFormat<Record<string, number>, AttributeTable>
const formats = new Map<number, unknown>([
  [RTM_NEWLINK, linkFormat],
  [RTM_NEWADDR, addressFormat],
  [RTM_NEWROUTE, routeFormat],
  [RTM_NEWNEIGH, neighborFormat],
  [RTM_NEWRULE, ruleFormat]
])

/** Format of the messages of a type; undefined for those without attributes of ours. */
export const formatOf = (message: RawMessage): AnyFormat | undefined => formats.get(message.type) as AnyFormat | undefined

/** The objects that the messages of a fixture are about, header and attributes side by side. */
export function objects(name: string): Array<{ header: Record<string, number>; values: Record<string, unknown> }> {
  return [...splitDatagram(fixture(name))].flatMap(message => {
    const format = formatOf(message)
    return format ? [decodeBody(format, message.body)] : []
  })
}
