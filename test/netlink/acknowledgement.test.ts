// Extended acknowledgements: the kernel's words, and the attribute that it means.
import t from 'tap'
import { decodeAcknowledgement, decodeDone, NetlinkError, refusal } from '../../src/netlink/acknowledgement.ts'
import { encodeAttributes } from '../../src/netlink/attribute.ts'
import { CodecError } from '../../src/netlink/error.ts'
import { NLM_F_ACK_TLVS, NLM_F_CAPPED } from '../../src/netlink/header.ts'
import { encodeBody, encodeMessage, splitDatagram } from '../../src/netlink/message.ts'
import { linkFormat } from '../../src/rtnetlink/link.ts'
import { routeFormat } from '../../src/rtnetlink/route.ts'
import { errno } from '../../src/sys/errno.ts'
import { fixture } from './fixture.ts'
import { type WireAttribute, wire } from './wire.ts'

const values = { mtu: 1400, name: 'mv0', info: { kind: 'macvlan', data: { mode: 4 } } } as const
const request = encodeMessage({ type: 16, flags: 5, sequence: 1, body: encodeBody(linkFormat, {}, values) })
const u32 = (value: number) => new Uint8Array(Uint32Array.of(value).buffer)
/** Where in the request the attribute begins whose header is `header`. */
const offsetOf = (header: readonly number[]) => Buffer.from(request).indexOf(Buffer.from(header))

function acknowledgement(number: number, attributes: readonly WireAttribute[], options: { capped: boolean }) {
  const error = Buffer.alloc(4)
  error.writeInt32LE(-number)
  const flags = NLM_F_ACK_TLVS | (options.capped ? NLM_F_CAPPED : 0)
  const body = Uint8Array.from(Buffer.concat([error, options.capped ? request.subarray(0, 16) : request, wire(attributes)]))
  return { type: 2, flags, sequence: 1, port: 1, body }
}

const words = { type: 1, payload: Buffer.from('not today\0') }

t.test('success and failure', async t => {
  t.strictSame(decodeAcknowledgement({ ...acknowledgement(0, [], { capped: true }), flags: NLM_F_CAPPED }), { errno: 0 })
  t.match(decodeAcknowledgement({ ...acknowledgement(22, [words], { capped: false }), flags: 0 }), { errno: 22, message: undefined })
})

t.test('words and offset, with the request capped and whole', async t => {
  for (const capped of [true, false]) {
    const offset = { type: 2, payload: u32(offsetOf([8, 0, 4, 0])) }
    const decoded = decodeAcknowledgement(acknowledgement(errno.EINVAL, [words, offset], { capped }))
    t.match(decoded, { errno: 22, message: 'not today' })
    const error = refusal('ip link set mv0', decoded, request, linkFormat)
    t.match(error, { code: 'ENETLINK', errno: 22, kernelMessage: 'not today', attribute: 'IFLA_MTU' })
    t.equal(error.message, 'ip link set mv0: EINVAL (kernel: "not today") at IFLA_MTU')
  }
})

t.test('the attribute at an offset, as deep as it is known', async t => {
  const at = (offset: number) => refusal('', { errno: 22, offset }, request, linkFormat).attribute
  t.equal(at(offsetOf([8, 0, 1, 0])), 'IFLA_MACVLAN_MODE', 'header of a nested attribute')
  t.equal(at(offsetOf([8, 0, 1, 0]) + 4), 'IFLA_MACVLAN_MODE', 'its payload')
  t.equal(at(offsetOf([12, 0, 2, 0])), 'IFLA_INFO_DATA')
  t.equal(at(offsetOf([12, 0, 1, 0])), 'IFLA_INFO_KIND')
  t.equal(at(offsetOf([8, 0, 3, 0])), 'IFLA_IFNAME')
  t.equal(at(16), undefined, 'the fixed header is no attribute')
  t.equal(at(4000), undefined, 'outside')
})

t.test('an unknown attribute has no name', async t => {
  const body = encodeBody(linkFormat, {}, { '#999': u32(1) })
  t.equal(refusal('', { errno: 22, offset: 32 }, encodeMessage({ type: 16, flags: 5, sequence: 1, body }), linkFormat).attribute, undefined)
})

t.test('an attribute that is missing', async t => {
  const missing = decodeAcknowledgement(acknowledgement(22, [{ type: 5, payload: u32(4) }], { capped: true }))
  t.match(missing, { missingType: 4 })
  t.equal(refusal('', missing, request, linkFormat).attribute, 'IFLA_MTU')
  const nest = { type: 6, payload: u32(offsetOf([12, 0, 2, 0])) }
  const inNest = decodeAcknowledgement(acknowledgement(22, [{ type: 5, payload: u32(4) }, nest], { capped: true }))
  t.equal(refusal('', inNest, request, linkFormat).attribute, 'IFLA_INFO_DATA', 'its number belongs to the nest, which is named')
})

t.test('what the kernel answered ip(8)', async t => {
  const [message] = splitDatagram(fixture('route-add-refused'))
  if (!message) return t.fail('no message')
  const decoded = decodeAcknowledgement(message)
  t.match(decoded, { errno: errno.ENETUNREACH, message: 'Nexthop has invalid gateway' })
  const error = refusal('ip route add 198.51.100.0/24 via 203.0.113.1 dev p0', decoded, new Uint8Array(0), routeFormat)
  t.ok(error instanceof NetlinkError)
  t.equal(error.message, 'ip route add 198.51.100.0/24 via 203.0.113.1 dev p0: ENETUNREACH (kernel: "Nexthop has invalid gateway")')
})

t.test('without the capability', async t => {
  t.match(refusal('ip link add', { errno: errno.EPERM }, request), { code: 'ECAPABILITY', hint: /CAP_NET_ADMIN/ })
})

t.test('the end of a dump', async t => {
  const done = (flags: number, body: Uint8Array) => decodeDone({ type: 3, flags, sequence: 1, port: 1, body })
  t.strictSame(done(2, u32(0)), { errno: 0 })
  t.strictSame(done(2, new Uint8Array(0)), { errno: 0 })
  t.match(done(2 | NLM_F_ACK_TLVS, Uint8Array.from([...u32(0xffff_ffff - 21), ...wire([words])])), { errno: 22, message: 'not today' })
})

t.test('acknowledgements that cannot be', async t => {
  const whole = acknowledgement(22, [words], { capped: false })
  t.throws(() => decodeAcknowledgement({ ...whole, body: whole.body.subarray(0, 19) }), CodecError)
  for (const length of [0, 15, whole.body.length, 0x7fff_ffff, 0xffff_fff0]) {
    const body = whole.body.slice()
    new DataView(body.buffer).setUint32(4, length, true)
    t.throws(() => decodeAcknowledgement({ ...whole, body }), CodecError, `a request of ${length} bytes`)
  }
  t.throws(() => encodeAttributes(linkFormat.attributes, { '#x': u32(1) }), CodecError)
})
