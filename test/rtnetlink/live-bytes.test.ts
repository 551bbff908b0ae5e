// Whatever the running kernel sends in its dumps encodes to the same bytes again: nothing is lost, known or unknown.
import t from 'tap'
import type { AttributeTable } from '../../src/netlink/attribute.ts'
import { decodeBody, encodeBody, splitDatagram } from '../../src/netlink/message.ts'
import { setTraceSink } from '../../src/netlink/trace.ts'
import { addressFormat, RTM_GETADDR } from '../../src/rtnetlink/address.ts'
import { linkFormat, RTM_GETLINK } from '../../src/rtnetlink/link.ts'
import { neighborFormat, RTM_GETNEIGH } from '../../src/rtnetlink/neighbor.ts'
import { RTM_GETROUTE, routeFormat } from '../../src/rtnetlink/route.ts'
import { RTM_GETRULE, ruleFormat } from '../../src/rtnetlink/rule.ts'
import { openPopulated } from './populated.ts'

t.test('every message of every dump', async t => {
  const { socket } = openPopulated(t)
  const dumps = [
    [RTM_GETLINK, linkFormat],
    [RTM_GETADDR, addressFormat],
    [RTM_GETROUTE, routeFormat],
    [RTM_GETRULE, ruleFormat],
    [RTM_GETNEIGH, neighborFormat]
  ] as const
  for (const [type, format] of dumps) {
    const datagrams: Buffer[] = []
    setTraceSink(line => {
      const bytes = /^netlink receive: dump \[\d+\] ([0-9a-f]+)$/.exec(line)?.[1]
      if (bytes) datagrams.push(Buffer.from(bytes, 'hex'))
    })
    t.teardown(() => setTraceSink(undefined))
    const count = socket.dump({ command: 'dump', type, format: format as typeof linkFormat }).length
    const messages = datagrams.flatMap(datagram => [...splitDatagram(datagram)]).filter(message => message.type === type - 2)
    t.equal(messages.length, count)
    const { header: headerFormat, attributes } = format as typeof linkFormat
    const table: AttributeTable = attributes
    const wrong = messages.filter(({ body }) => {
      const { header, values } = decodeBody({ header: headerFormat, attributes: table }, body)
      return !Buffer.from(encodeBody({ header: headerFormat, attributes: table }, header, values)).equals(body)
    })
    t.equal(wrong.length, 0, format.header.name)
  }
})
