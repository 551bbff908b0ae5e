import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { ConfigError, formatIssue } from '../../src/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'egress-router-'))
const file = join(folder, 'router.yaml')
t.teardown(() => rmSync(folder, { recursive: true }))

const load = async (text: string, env: Record<string, string> = {}) => {
  writeFileSync(file, text)
  return (await loadConfig({ configFile: file, env })).config
}

/** What is said of a file, without its folder. */
const issuesOf = async (text: string) =>
  load(text).then(
    () => [],
    error => {
      if (!(error instanceof ConfigError)) throw error
      return error.issues.map(issue => formatIssue(issue).replaceAll(`${folder}/`, ''))
    }
  )

const sound = 'source: 192.168.12.99/24\ngateway: 192.168.12.1\ndestination: 203.0.113.27\n'

t.test('a file can say everything', async t => {
  const config = await load(`# a router
source: [192.168.12.99/24, '2001:db8::99/64']
gateway:
  - 192.168.12.1
  - fe80::1
destination: |
  # web
  80 tcp 203.0.113.25

  8080 tcp 203.0.113.26 80
  203.0.113.27
mode: init
debug: true
interface: net1
clusterInterface: ens3
parent: eth1
macvlanMode: bridge
mtu: 1400
linkTimeout: 0.5
conflictProbe: off
localPorts: [9090/tcp, 53]
logFormat: json
table: 100
mark: 0x10/0xf0
priority: 2000
protocol: 102
`)
  t.same(config, {
    mode: 'init',
    after: 'exit',
    interface: 'net1',
    clusterInterface: 'ens3',
    clusterInterfaceGiven: true,
    parent: 'eth1',
    macvlanMode: 'bridge',
    mtu: 1400,
    linkTimeout: 0.5,
    conflictProbe: 'off',
    sources: [
      { family: 'ipv4', address: '192.168.12.99', prefix: 24, gateway: '192.168.12.1' },
      { family: 'ipv6', address: '2001:db8::99', prefix: 64, gateway: 'fe80::1' }
    ],
    redirects: [
      { protocol: 'tcp', port: 80, destination: { address: '203.0.113.25', port: 80 } },
      { protocol: 'tcp', port: 8080, destination: { address: '203.0.113.26', port: 80 } }
    ],
    fallbacks: [{ family: 'ipv4', address: '203.0.113.27' }],
    localPorts: [
      { protocol: 'tcp', port: 9090 },
      { protocol: 'tcp', port: 53 },
      { protocol: 'udp', port: 53 }
    ],
    numbers: { table: 100, mark: 16, mask: 240, priority: 2000, protocol: 102 },
    destinationFile: undefined,
    debug: true,
    logFormat: 'json'
  })
})

t.test('destinations may be a list, and values may be anchors, JSON or left out', async t => {
  const list = await load(
    'source: &a 192.168.12.99\ngateway: 192.168.12.1\nmtu:\ndestination:\n  - 80 tcp 203.0.113.25\n  - 203.0.113.27\nparent: &b eth1\nclusterInterface: *b\n'
  )
  t.match(list, { redirects: { length: 1 }, fallbacks: { length: 1 }, clusterInterface: 'eth1', mtu: undefined })
  t.match(await load('{"source": "192.168.12.99", "gateway": "192.168.12.1", "destination": "203.0.113.27", "table": 7}'), {
    numbers: { table: 7 }
  })
})

t.test('every issue has its line', async t => {
  t.same(await issuesOf(`${sound}mtu: 010\ntabel: 5\ndebug: yes\nlinkTimeout:\n  a: 1\nlocalPorts:\n  - 80\n  - 0\n`), [
    "router.yaml line 4 (mtu): '010' is not a whole number",
    "router.yaml line 5: unknown key 'tabel'. Hint: the nearest known name is table",
    'router.yaml line 6 (debug): true or false is expected',
    'router.yaml line 8 (linkTimeout): a plain value is expected',
    'router.yaml line 11 (localPorts[1]): Invalid port: 0, must be in the range 1 to 65535 (no connection can be made to port 0)'
  ])
  t.match(await issuesOf('source: 192.168.12.99\n\ngateway:\n- 192.168.12.1\n- 127.0.0.1\n'), [
    /^router\.yaml line 5 \(gateway\[1\]\): EGRESS_GATEWAY unspecified or invalid: 127\.0\.0\.1 is a loopback address/,
    /^EGRESS_DESTINATION unspecified/
  ])
  t.match(await issuesOf(`${sound}mtu: [1400, 1500]`), [/^router\.yaml line 4 \(mtu\[1\]\): one value is expected, not a list/])
})

t.test('a line of destinations has the line of the file', async t => {
  const head = 'source: 192.168.12.99\ngateway: 192.168.12.1\n'
  t.match(await issuesOf(`${head}destination: |\n  80 tcp 203.0.113.25\n\n  80 tcp 203.0.113.26\n`), [
    /^router\.yaml line 6 \(destination\): .*localport 80 .*on line 4 already/
  ])
  t.match(await issuesOf(`${head}destination: |2-\n\n  x y\n`), [
    /^router\.yaml line 5 \(destination\): EGRESS_DESTINATION value 'x y' is invalid/
  ])
  t.match(await issuesOf(`${head}destination:\n  - 80 tcp 203.0.113.25\n  - x y\n`), [/^router\.yaml line 5 \(destination\[1\]\): /])
  t.match(await issuesOf(`${head}destination: "80 tcp 203.0.113.25\\nx y"\n`), [/^router\.yaml line 3 \(destination\): /])
  t.match(await issuesOf(`${head}destination: "# none"\n`), [/^router\.yaml: EGRESS_DESTINATION unspecified/])
})

t.test('what is no file of settings', async t => {
  t.match(await issuesOf('- a\n'), [
    /^router\.yaml line 1: a map of settings is expected/,
    /EGRESS_SOURCE/,
    /EGRESS_GATEWAY/,
    /EGRESS_DESTINATION/
  ])
  t.match(await issuesOf('mtu: 1\nmtu: 2\n'), [/^router\.yaml line 2: Map keys must be unique/])
  t.match(await issuesOf('a: [\n'), [/^router\.yaml line \d: /])
  t.match(await issuesOf('a: 1\n---\nb: 1\n'), [/^router\.yaml line \d: /])
  for (const issue of await issuesOf('a: "\n\tb: {')) t.notMatch(issue, /\n/)
  for (const text of ['', '# nothing\n', 'null\n']) t.equal((await issuesOf(text)).length, 3, 'an empty file gives nothing')
  await t.rejects(loadConfig({ configFile: join(folder, 'none.yaml') }), { message: /^--config: cannot read the file: ENOENT/ })
})
