import t from 'tap'
import { accepted, refused, warned } from './refused.ts'

const source = (text: string, gateway = '192.168.12.1') => ({ EGRESS_SOURCE: text, EGRESS_GATEWAY: gateway })
const dual = { EGRESS_SOURCE: '2001:DB8::99/64, 192.168.12.99/24', EGRESS_GATEWAY: '192.168.12.1,fe80::1' }

t.test('a source with its gateway, by family and in the order of the families', async t => {
  t.same(accepted(dual).sources, [
    { family: 'ipv4', address: '192.168.12.99', prefix: 24, gateway: '192.168.12.1' },
    { family: 'ipv6', address: '2001:db8::99', prefix: 64, gateway: 'fe80::1' }
  ])
  t.same(accepted({ ...dual, EGRESS_DESTINATION: '80 tcp 2001:db8:1::1\n203.0.113.27\n2001:db8:1::2' }).fallbacks.length, 2)
})

t.test('without a prefix the address stands alone', async t => {
  t.equal(accepted(source('192.168.12.99')).sources[0]?.prefix, 32)
  const six = { EGRESS_SOURCE: '2001:db8::99', EGRESS_GATEWAY: 'fe80::1', EGRESS_DESTINATION: '2001:db8::1' }
  t.equal(accepted(six).sources[0]?.prefix, 128)
})

t.test('a source that cannot be ours', async t => {
  const reasons: Readonly<Record<string, string>> = {
    'not an IP address': "'not an IP address' is not an IP address",
    '999.4.5.6': '999 is above 255',
    '192.168.12': '3 numbers instead of 4',
    '192.168..12': 'a number is missing',
    '192.168.012.99': 'leading zero',
    '192.168.12.99/33': "prefix length '33' is above 32",
    '192.168.12.99/0': 'every address',
    '192.168.12.99/024': 'leading zero',
    '192.168.12.99/': "prefix length '' is not a whole number",
    '192.168.12.99/255.255.255.0': 'not a whole number',
    '192.168.12.99/-1': 'not a whole number',
    '192.168.12.0/24': 'network address of 192.168.12.0/24',
    '192.168.12.255/24': 'broadcast address of 192.168.12.0/24',
    '192.168.12.3/30': 'broadcast address',
    '127.0.0.1': 'loopback',
    '224.0.0.1': 'multicast',
    '0.0.0.0': 'unspecified',
    '255.255.255.255': 'broadcast',
    '169.254.1.1': 'link-local',
    '::ffff:192.168.12.99': 'Hint: write 192.168.12.99',
    'fe80::1%eth0': 'zone',
    'fe80::99': 'link-local',
    '2001:db8::/64': 'subnet-router anycast address',
    '2001:db8::99/129': 'above 128',
    '2001:db8:::1': 'not an IPv6 address',
    '192.168.12.99,': 'an address is missing',
    '192.168.12.1': 'is the source address itself'
  }
  for (const [text, reason] of Object.entries(reasons)) {
    const issues = refused(source(text))
    t.equal(issues.length, 1, `one issue of ${text}`)
    t.ok(issues[0]?.includes('unspecified or invalid: ') && issues[0].includes(reason), `${text}: ${issues[0]}`)
  }
})

t.test('both addresses of a point-to-point prefix are hosts', async t => {
  for (const text of ['192.168.12.98/31', '192.168.12.99/31', '192.168.12.255/32']) t.same(refused(source(text)), [], text)
  t.same(refused({ EGRESS_SOURCE: '2001:db8::/127', EGRESS_GATEWAY: 'fe80::1', EGRESS_DESTINATION: '2001:db8::5' }), [])
})

t.test('a gateway that cannot be a next hop', async t => {
  for (const text of ['not an IP address', '192.168.12.1/24', '127.0.0.1', '224.0.0.1', '0.0.0.0', '192.168.12.0', '192.168.12.255']) {
    const issues = refused(source('192.168.12.99/24', text))
    t.match(issues, [/^EGRESS_GATEWAY unspecified or invalid: /], text)
    t.equal(issues.length, 1)
  }
  t.same(refused(source('192.168.12.99/24', '169.254.1.1')), [], 'link-local gateways exist')
})

t.test('a gateway outside the prefix is worth a word', async t => {
  t.match(warned(source('192.168.12.99/24', '192.168.13.1')), [/^EGRESS_GATEWAY: 192\.168\.13\.1 lies outside 192\.168\.12\.0\/24/])
  t.same(warned(source('192.168.12.99', '192.168.13.1')), [])
  t.same(warned(dual), [])
})

t.test('every source has one gateway, and every gateway a source', async t => {
  t.match(refused(source('192.168.12.99,192.168.12.98')), [/a second IPv4 address/])
  t.match(refused(source('192.168.12.99', '192.168.12.1,192.168.12.2')), [/a second IPv4 address/])
  t.match(refused({ ...dual, EGRESS_GATEWAY: '192.168.12.1' }), [
    /^EGRESS_GATEWAY unspecified or invalid: no IPv6 gateway for the source 2001:db8::99/
  ])
  t.match(refused(source('192.168.12.99', '192.168.12.1,fe80::1')), [/fe80::1 is an IPv6 gateway, and there is no IPv6 source/])
  t.match(refused(source('192.168.12.99', 'fe80::1')), [/no IPv4 gateway/, /no IPv6 source/])
})

t.test('what is missing is told in the words people know, all at once', async t => {
  const issues = refused({ EGRESS_SOURCE: '', EGRESS_GATEWAY: undefined, EGRESS_DESTINATION: '' })
  t.match(issues, [/EGRESS_SOURCE unspecified or invalid: /, /EGRESS_GATEWAY unspecified or invalid: /, /EGRESS_DESTINATION unspecified/])
  t.equal(issues.length, 3)
  t.match(refused({ EGRESS_GATEWAY: undefined }), [/no IPv4 gateway for the source 192\.168\.12\.99/])
  t.match(refused({ EGRESS_SOURCE: undefined }), [/EGRESS_SOURCE unspecified or invalid: nothing gives it/])
})

t.test('one unreadable source is not blamed a second time', async t => {
  t.equal(refused({ ...dual, EGRESS_SOURCE: '2001:db8::99/64,192.168.12.999/24' }).length, 1)
  t.equal(refused({ ...dual, EGRESS_GATEWAY: 'fe80::1,192.168.12.999' }).length, 1)
})
