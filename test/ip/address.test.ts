import { isIPv4, isIPv6 } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import { addressBytes, familyOf, formatAddress, parseAddress } from '../../src/ip/address.ts'

/** The form of an IPv6 address by the URL standard, which agrees with RFC 5952 but for IPv4-mapped addresses. */
const byURL = (text: string) => new URL(`http://[${text}]/`).hostname.slice(1, -1)

const mapped = (text: string) =>
  byURL(text).startsWith('::ffff:') &&
  addressBytes(text)
    .subarray(0, 10)
    .every(byte => byte === 0)

t.test('an IPv4 address is its own canonical text', async t => {
  fc.assert(fc.property(fc.ipV4(), text => parseAddress(text) === text && formatAddress(addressBytes(text)) === text))
  t.equal(familyOf('192.0.2.1'), 'ipv4')
})

t.test('an IPv6 address has the one text of RFC 5952', async t => {
  fc.assert(
    fc.property(fc.ipV6(), text => {
      const address = parseAddress(text) as string
      t.equal(familyOf(address), 'ipv6')
      return mapped(text) || address === byURL(text)
    })
  )
  t.equal(parseAddress('2001:DB8:0:0:1:0:0:1'), '2001:db8::1:0:0:1', 'the first of two longest runs')
  t.equal(parseAddress('2001:db8:0:1:1:1:1:1'), '2001:db8:0:1:1:1:1:1', 'a single zero stays')
  t.equal(parseAddress('::FFFF:c0a8:0c63'), '::ffff:192.168.12.99')
})

t.test('16 bytes and their text mean each other', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), bytes => {
      const text = formatAddress(bytes)
      return parseAddress(text) === text && Buffer.from(addressBytes(text)).equals(bytes)
    })
  )
})

t.test('what node:net takes for an address is one, and nothing else', async t => {
  const texts = fc.oneof(fc.string(), fc.stringMatching(/^[\d.]{0,16}$/), fc.stringMatching(/^[\da-f:.]{0,40}$/))
  fc.assert(fc.property(texts, text => (parseAddress(text) !== undefined) === (isIPv4(text) || isIPv6(text))))
  for (const text of ['', '010.1.1.1', '1.2.3', '1.2.3.4/24', 'fe80::1%eth0', ' 1.2.3.4', '300.1.1.1', ':::', '1:2'])
    t.equal(parseAddress(text), undefined, text)
})

t.test('bytes of another length are no address', async t => {
  t.throws(() => formatAddress(new Uint8Array(5)), RangeError)
})
