import t, { type Test } from 'tap'
import { parseDestinations } from '../../src/config/destinations.ts'
import { formatIssue } from '../../src/errors.ts'

const parse = (text: string) => parseDestinations(text, 'EGRESS_DESTINATION')
const issues = (text: string) => parse(text).issues.map(formatIssue)

/** That a text is refused with exactly one issue, which holds these words. */
const refuses = (t: Test, text: string, ...words: string[]) => {
  const found = issues(text)
  t.equal(found.length, 1, `one issue of ${JSON.stringify(text)}`)
  for (const word of words) t.ok(found[0]?.includes(word), `${found[0]} says ${word}`)
}

t.test('blanks are spaces and tabs, and a carriage return ends a line as well', async t => {
  const { redirects, fallbacks, issues } = parse('\t80 \t tcp\t203.0.113.25 \r\n  8080 UDP 203.0.113.26 80\r\n\r\n 203.0.113.27\t\r\n')
  t.same(issues, [])
  t.same(redirects, [
    { protocol: 'tcp', port: 80, destination: { address: '203.0.113.25', port: 80 } },
    { protocol: 'udp', port: 8080, destination: { address: '203.0.113.26', port: 80 } }
  ])
  t.same(fallbacks, [{ family: 'ipv4', address: '203.0.113.27' }])
})

t.test('the key is protocol and port', async t => {
  t.equal(parse('80 tcp 203.0.113.25\n80 udp 203.0.113.25\n80 sctp 203.0.113.25').redirects.length, 3)
  const classic = 'EGRESS_DESTINATION localport 80 is already used, must be unique for each destination'
  refuses(t, '80 tcp 203.0.113.25\n\n80 tcp 203.0.113.26 81', 'EGRESS_DESTINATION line 3: ', classic, 'on line 1')
  refuses(t, '80 tcp 203.0.113.25\n80 TCP 203.0.113.25', classic)
})

t.test('what the first egress router let pass', async t => {
  refuses(t, '80 tcp 999.4.5.6', "EGRESS_DESTINATION value '80 tcp 999.4.5.6' is invalid", '999 is above 255')
  refuses(t, '80 tcp 1.2.3.4/99', "EGRESS_DESTINATION value '80 tcp 1.2.3.4/99' is invalid", 'prefix length')
  refuses(t, '1.2.3.4/24', "EGRESS_DESTINATION value '1.2.3.4/24' is invalid", 'prefix length')
  refuses(t, '080 tcp 203.0.113.25', 'Invalid port: 080, must be in the range 1 to 65535', 'leading zero')
  refuses(t, '80 tcp 203.0.113.25 010', 'Invalid port: 010, must be in the range 1 to 65535', 'leading zero')
  refuses(t, '80 tcp 010.1.1.1', 'leading zero')
  for (const text of ['', ' ', '\n\n', '# only a comment', '\t\r\n # x\n']) refuses(t, text, 'EGRESS_DESTINATION unspecified')
  refuses(t, '80 tcp 203.0.113.25 \\\n81 tcp 203.0.113.25', 'EGRESS_DESTINATION line 1: ', 'cannot go on')
  refuses(t, '# a comment \\\n81 tcp 203.0.113.25', 'EGRESS_DESTINATION line 1: ', 'cannot go on')
})

t.test('nothing but the fallback of the other family follows a fallback', async t => {
  const last = 'EGRESS_DESTINATION fallback IP must be the last line'
  t.same(parse('203.0.113.27\n2001:db8::27\n# the end').fallbacks, [
    { family: 'ipv4', address: '203.0.113.27' },
    { family: 'ipv6', address: '2001:db8::27' }
  ])
  refuses(t, '203.0.113.27\n203.0.113.28', 'EGRESS_DESTINATION line 2: ', last)
  refuses(t, '203.0.113.27\n2001:db8::27\n203.0.113.27', 'EGRESS_DESTINATION line 3: ', last)
  refuses(t, '203.0.113.27\n80 tcp 203.0.113.28', 'EGRESS_DESTINATION line 2: ', last)
})

t.test('ports from 1 to 65535', async t => {
  t.same(parse('1 tcp 203.0.113.25 65535').issues, [])
  const range = 'must be in the range 1 to 65535'
  refuses(t, '# one\n\n70000 tcp 203.0.113.25', `EGRESS_DESTINATION line 3: Invalid port: 70000, ${range} (port 70000 is above 65535)`)
  refuses(t, '80 tcp 203.0.113.25 65536', `Invalid port: 65536, ${range}`)
  refuses(t, '0 tcp 203.0.113.25', `Invalid port: 0, ${range}`)
  refuses(t, '+80 tcp 203.0.113.25', `Invalid port: +80, ${range}`, 'no sign')
  refuses(t, '-80 tcp 203.0.113.25', `Invalid port: -80, ${range}`, 'no sign')
  refuses(t, '80 tcp 203.0.113.25 http', `Invalid port: 'http', ${range}`, 'whole number')
  refuses(t, '0x50 tcp 203.0.113.25', "EGRESS_DESTINATION value '0x50 tcp 203.0.113.25' is invalid")
})

t.test('lines of another form', async t => {
  refuses(t, '80', "EGRESS_DESTINATION value '80' is invalid")
  refuses(t, 'db.example.com', "EGRESS_DESTINATION value 'db.example.com' is invalid", 'not an IP address')
  refuses(t, '80 icmp 203.0.113.25', "'icmp' is none of tcp, udp, sctp")
  refuses(t, '80 tcp', 'the target is missing')
  refuses(t, 'tcp 80 203.0.113.25', 'PORT PROTOCOL TARGET [PORT]')
  refuses(t, '80 tcp 203.0.113.25 81 82', "'82' follows the port of the target")
  refuses(t, '80 tcp 203.0.113.25 81 82 83', "'82 83' follows the port of the target")
  refuses(t, '80 tcp 203.0.113.25 # web', 'a comment stands on a line of its own')
  refuses(t, '80 tcp 203.0.113.25 81 #web', 'a comment stands on a line of its own')
  refuses(t, '80\u00a0tcp 203.0.113.25', '\\u00a0')
})

t.test('every problem of a line is told', async t => {
  const found = issues('70000 icmp 999.4.5.6 0')
  t.equal(found.length, 4)
  for (const issue of found) t.match(issue, /^EGRESS_DESTINATION line 1: /)
})

t.test('a target that no packet can reach outside', async t => {
  for (const address of [
    '127.0.0.1',
    '0.0.0.0',
    '0.1.2.3',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'ff02::1',
    'fe80::1',
    '::ffff:1.2.3.4'
  ]) {
    refuses(t, `80 tcp ${address}`, `EGRESS_DESTINATION value '80 tcp ${address}' is invalid`)
    refuses(t, address, `EGRESS_DESTINATION value '${address}' is invalid`)
  }
  t.same(issues('80 tcp 169.254.169.254'), [], 'clouds serve metadata there')
})

t.test('a host name is a target, followed as its records change', async t => {
  t.same(parse('443 tcp DB.Example.com\n444 tcp db 443\n445 tcp a_b-c.example.').redirects, [
    { protocol: 'tcp', port: 443, destination: { name: 'db.example.com', port: 443 } },
    { protocol: 'tcp', port: 444, destination: { name: 'db', port: 443 } },
    { protocol: 'tcp', port: 445, destination: { name: 'a_b-c.example.', port: 445 } }
  ])
})

t.test('with its sources known, a destination needs one of its family', async t => {
  const sources = [{ family: 'ipv4', address: '192.168.12.99', prefix: 24, gateway: '192.168.12.1' }] as const
  const of = (text: string) => parseDestinations(text, 'rules', sources).issues.map(formatIssue)
  t.same(of('80 tcp 203.0.113.25\n81 tcp name.example\n203.0.113.27'), [])
  t.match(of('80 tcp 2001:db8::1'), [/^rules line 1: .*2001:db8::1 is an IPv6 address, and there is no source of that family/])
  t.match(of('2001:db8::1'), [/there is no source of that family/])
  t.match(of('80 tcp 192.168.12.99'), [/192\.168\.12\.99 is the source address itself/])
})

t.test('a byte order mark is no part of the first line', async t => {
  t.same(parse('\ufeff80 tcp 203.0.113.25').issues, [])
})
