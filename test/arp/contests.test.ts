// RFC 5227 section 2.1.1: which messages show that another host uses an address, and which wake us at all.
import fc from 'fast-check'
import t from 'tap'
import { type ArpMessage, contests, parseArp } from '../../src/arp/arp.ts'
import { arpFilter } from '../../src/arp/filter.ts'
import { addressBytes } from '../../src/ip/address.ts'
import { macBytes } from '../../src/ip/mac.ts'
import { pass } from './bpf.ts'

const [mine, theirs] = ['02:00:00:00:00:01', '02:00:00:00:00:02']
const [wanted, other, nobody] = ['192.168.12.99', '192.168.12.7', '0.0.0.0']

const message = (operation: 'request' | 'reply', senderAddress: string, targetAddress: string, senderMac = theirs): ArpMessage => ({
  operation,
  senderMac,
  senderAddress,
  targetMac: '00:00:00:00:00:00',
  targetAddress
})

const table: readonly (readonly [what: string, message: ArpMessage, contested: boolean])[] = [
  ['somebody answers in its name', message('reply', wanted, nobody), true],
  ['somebody announces it', message('request', wanted, wanted), true],
  ['somebody asks in its name', message('request', wanted, other), true],
  ['somebody probes for it at the same time', message('request', nobody, wanted), true],
  ['our own probe comes back', message('request', nobody, wanted, mine), false],
  ['our own announcement comes back', message('request', wanted, wanted, mine), false],
  ['somebody asks for it', message('request', other, wanted), false],
  ['somebody answers another', message('reply', other, wanted), false],
  ['somebody probes for another', message('request', nobody, other), false],
  ['a reply in nobody’s name', message('reply', nobody, wanted), false]
]
for (const [what, heard, contested] of table) t.equal(contests(heard, wanted, mine), contested, what)

function frameOf({ operation, senderMac, senderAddress, targetMac, targetAddress }: ArpMessage): Uint8Array {
  const head = [...macBytes('ff:ff:ff:ff:ff:ff'), ...macBytes(senderMac), 8, 6, 0, 1, 8, 0, 6, 4, 0, operation === 'request' ? 1 : 2]
  return Uint8Array.from([
    ...head,
    ...macBytes(senderMac),
    ...addressBytes(senderAddress),
    ...macBytes(targetMac),
    ...addressBytes(targetAddress)
  ])
}

t.test('the filter in the kernel lets through all that contests, and little else', async t => {
  const few = fc.constantFrom(wanted, other, nobody, '192.168.12.98', '255.255.255.255')
  const messages = fc
    .tuple(fc.constantFrom('request' as const, 'reply' as const), few, few)
    .map(([operation, a, b]) => message(operation, a, b))
  fc.assert(
    fc.property(
      messages,
      fc.uniqueArray(fc.constantFrom(wanted, other, '192.168.12.98'), { maxLength: 3 }),
      fc.boolean(),
      (heard, addresses, outgoing) => {
        const frame = frameOf(heard)
        t.same(parseArp(frame), heard)
        const named = addresses.includes(heard.senderAddress) || (heard.senderAddress === nobody && addresses.includes(heard.targetAddress))
        return pass(arpFilter(addresses), frame, outgoing) === (named && !outgoing)
      }
    )
  )
})

const hundreds = Array.from({ length: 300 }, (_, n) => `10.1.${Math.floor(n / 200)}.${n % 200}`)
for (const address of ['10.1.0.0', '10.1.0.150', '10.1.1.99', wanted]) {
  t.equal(pass(arpFilter(hundreds), frameOf(message('request', address, other)), false), address !== wanted, `${address} among hundreds`)
}

t.notOk(pass(arpFilter([wanted]), frameOf(table[0]?.[1] as ArpMessage).subarray(0, 30), false), 'a frame that is cut off')
