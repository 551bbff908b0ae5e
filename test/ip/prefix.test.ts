import fc from 'fast-check'
import t from 'tap'
import { addressBytes } from '../../src/ip/address.ts'
import { networkOf, sharesPrefix, splitPrefix } from '../../src/ip/prefix.ts'

const number = (address: string) => addressBytes(address).reduce((value, byte) => value * 256n + BigInt(byte), 0n)

t.test('the network has the first bits of the address, and zeros', async t => {
  t.equal(networkOf('192.168.12.99', 24), '192.168.12.0/24')
  t.equal(networkOf('192.168.12.99', 0), '0.0.0.0/0')
  t.equal(networkOf('192.168.12.99', 32), '192.168.12.99/32')
  t.equal(networkOf('2001:db8::5', 61), '2001:db8::/61')
  const cases = fc.oneof(fc.tuple(fc.ipV4(), fc.nat(32), fc.constant(32)), fc.tuple(fc.ipV6(), fc.nat(128), fc.constant(128)))
  fc.assert(
    fc.property(cases, ([address, length, bits]) => {
      const network = splitPrefix(networkOf(address, length))
      const host = BigInt(bits - length)
      return network.length === length && number(network.address) === (number(address) >> host) << host
    })
  )
})

t.test('two addresses share a prefix when their networks are the same', async t => {
  t.ok(sharesPrefix('192.168.12.1', '192.168.12.99', 24))
  t.notOk(sharesPrefix('192.168.13.1', '192.168.12.99', 24))
  t.notOk(sharesPrefix('::1', '0.0.0.1', 0), 'never across families')
})

t.test('an address without a length counts whole', async t => {
  t.same(splitPrefix('192.0.2.1'), { address: '192.0.2.1', length: 32 })
  t.same(splitPrefix('2001:db8::/32'), { address: '2001:db8::', length: 32 })
  t.same(splitPrefix('2001:db8::1'), { address: '2001:db8::1', length: 128 })
})
