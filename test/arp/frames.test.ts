// What we send, byte for byte, and what we make of what comes in.
import fc from 'fast-check'
import t from 'tap'
import { announcements, parseArp, probe, request } from '../../src/arp/arp.ts'
import { parseAdvertisement, solicitation, unsolicitedAdvertisement } from '../../src/arp/neighbor-discovery.ts'
import { formatAddress } from '../../src/ip/address.ts'
import { formatMac } from '../../src/ip/mac.ts'
import * as golden from './golden.ts'

const mac = '02:00:00:00:00:01'
const own = '192.168.12.99'

t.test('ARP', async t => {
  t.same(probe(mac, own), golden.probe, 'a probe')
  t.same(request(mac, own, '192.168.12.1'), golden.request, 'a request')
  t.same(announcements(mac, own), [golden.announcement, golden.reply], 'an announcement in both forms')
  t.same(parseArp(golden.request), {
    operation: 'request',
    senderMac: mac,
    senderAddress: own,
    targetMac: '00:00:00:00:00:00',
    targetAddress: '192.168.12.1'
  })
})

t.test('neighbour discovery', async t => {
  t.same(unsolicitedAdvertisement(mac, 'fd00:12::99'), golden.advertisement, 'an unsolicited advertisement')
  t.same(solicitation(mac, 'fd00:12::99', 'fd00:12::1'), golden.solicitation, 'a solicitation')
  t.same(parseAdvertisement(golden.advertisement), { address: 'fd00:12::99', mac })
  t.equal(parseAdvertisement(golden.solicitation), undefined, 'a solicitation is none')
})

const addresses6 = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map(formatAddress)
  .filter(address => !address.includes('.'))
const macs = fc.uint8Array({ minLength: 6, maxLength: 6 }).map(formatMac)

/** RFC 1071 in another way than ours: one big number, and the remainder of a division by 0xffff, which is 0 for a packet that is right. */
function remainder(frame: Uint8Array): bigint {
  const ip = frame.subarray(14)
  const pseudo = [...ip.subarray(8, 40), 0, 0, 0, ip.length - 40, 0, 0, 0, 58]
  return BigInt(`0x${Buffer.from([...pseudo, ...ip.subarray(40)]).toString('hex')}`) % 0xffffn
}

t.test('every checksum is right', async t => {
  t.equal(remainder(golden.advertisement), 0n, 'the way of checking, on a frame of Linux')
  fc.assert(
    fc.property(
      macs,
      addresses6,
      addresses6,
      (mac, a, b) => remainder(unsolicitedAdvertisement(mac, a)) === 0n && remainder(solicitation(mac, a, b)) === 0n
    )
  )
})

t.test('whatever comes in is read or left', async () => {
  const frames = fc.oneof(
    fc.uint8Array({ maxLength: 120 }),
    // near misses: a good frame cut off, or with a byte changed
    fc
      .tuple(fc.constantFrom(...Object.values(golden)), fc.nat(100), fc.nat(255), fc.nat(120))
      .map(([frame, at, value, length]) => frame.map((byte, n) => (n === at ? value : byte)).subarray(0, length))
  )
  fc.assert(
    fc.property(frames, bytes => {
      parseArp(bytes)
      parseAdvertisement(bytes)
    }),
    { numRuns: 2000 }
  )
})

t.test('frames longer than their message, and inside a larger buffer', async t => {
  const padded = new Uint8Array(80)
  padded.set(golden.request, 7)
  t.same(parseArp(padded.subarray(7, 7 + 60)), parseArp(golden.request), 'Ethernet pads to 60 bytes')
  t.equal(parseArp(golden.request.subarray(0, 41)), undefined, 'a byte too short')
})
