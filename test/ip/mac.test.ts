import fc from 'fast-check'
import t from 'tap'
import { bitsOf, families } from '../../src/ip/family.ts'
import { formatMac, macBytes } from '../../src/ip/mac.ts'

t.test('a link-layer address and its bytes mean each other', async t => {
  t.equal(formatMac(Uint8Array.of(2, 0, 0x0a, 0x80, 0, 1)), '02:00:0a:80:00:01')
  fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 20 }), bytes => Buffer.from(macBytes(formatMac(bytes))).equals(bytes)))
})

t.test('families and their lengths', async t => {
  t.same(
    families.map(family => [family, bitsOf(family)]),
    [
      ['ipv4', 32],
      ['ipv6', 128]
    ]
  )
})
