import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { run, sound } from './spawn.ts'

const folder = mkdtempSync(join(tmpdir(), 'egress-router-'))
t.teardown(() => rmSync(folder, { recursive: true }))

const shape = {
  mode: 'legacy',
  interface: 'macvlan0',
  clusterInterface: 'eth0',
  sources: [{ family: 'ipv4', address: '192.168.12.99', prefix: 24, gateway: '192.168.12.1' }],
  redirects: [{ protocol: 'tcp', port: 8080, destination: { address: '203.0.113.26', port: 80 } }],
  fallbacks: [{ family: 'ipv4', address: '203.0.113.27' }]
}

t.test('JSON and YAML hold the same', async t => {
  const json = run(['config', '--output', 'json'], { env: sound })
  t.match(json, { code: 0, stderr: '' })
  t.has(JSON.parse(json.stdout), shape)
  const yaml = run(['config', '--output', 'yaml'], { env: sound })
  t.same(parse(yaml.stdout), JSON.parse(json.stdout))
})

t.test('text is for people', async t => {
  const { stdout, code } = run(['config'], { env: { ...sound, EGRESS_LOCAL_PORTS: '9090/tcp', EGRESS_PARENT: 'eth1' } })
  t.equal(code, 0)
  t.match(
    stdout,
    /^mode +legacy\nafter +stay\nsource +192\.168\.12\.99\/24 via 192\.168\.12\.1\nredirect +8080 tcp 203\.0\.113\.26 80\nfallback +203\.0\.113\.27\n/
  )
  t.match(stdout, /^local port +9090\/tcp$/m)
  t.match(stdout, /^parent +eth1$/m)
  t.match(stdout, /^mark +0x1000000\/0x1000000$/m)
})

t.test('warnings do not mix with the configuration', async t => {
  const { stdout, lines, code } = run(['config', '--output', 'json'], { env: { ...sound, EGRESS_GATEWY: 'x' } })
  t.has(JSON.parse(stdout), shape)
  t.match(lines, [/^warning: EGRESS_GATEWY: unknown variable.*EGRESS_GATEWAY$/])
  t.equal(code, 0)
})

t.test('every problem has a line, and nothing else is printed', async t => {
  const { stdout, lines, code } = run(['config', '--mtu', 'x'], {
    env: { EGRESS_SOURCE: 'not an IP address', EGRESS_DESTINATION: '80 tcp 1.2.3.4\n70000 tcp 1.2.3.4' }
  })
  t.match(lines, [
    /^EGRESS_SOURCE unspecified/,
    /^EGRESS_GATEWAY unspecified/,
    /^EGRESS_DESTINATION line 2: Invalid port: 70000/,
    /^--mtu: /
  ])
  t.equal(lines.length, 4)
  t.same({ stdout, code }, { stdout: '', code: 2 })
})

t.test('flags and file reach the configuration by every name', async t => {
  const file = join(folder, 'router.yaml')
  writeFileSync(file, 'source: 192.168.12.99/24\ngateway: 192.168.12.1\nmtu: 1400\ntable: 7\n')
  const flags = {
    '--destination': '203.0.113.27',
    '--cluster-interface': 'ens3',
    '--macvlan-mode': 'vepa',
    '--link-timeout': '500ms',
    '--local-ports': '53'
  }
  const { stdout, stderr } = run(['config', '--config', file, '--output', 'json', '--debug', ...Object.entries(flags).flat()], {
    env: { EGRESS_TABLE: '8' }
  })
  t.equal(stderr, '')
  t.match(JSON.parse(stdout), {
    mtu: 1400,
    numbers: { table: 8 },
    clusterInterface: 'ens3',
    macvlanMode: 'vepa',
    linkTimeout: 0.5,
    localPorts: { length: 2 },
    debug: true
  })
  writeFileSync(file, 'mtu: 1\n')
  t.match(run(['config', '--config', 'router.yaml'], { cwd: folder, env: sound }).lines, [/^router\.yaml line 1 \(mtu\): /])
})

const cases: readonly { id: string; input: { env: Record<string, string> }; expected: { ok: boolean; error?: string } }[] = JSON.parse(
  readFileSync(new URL('../fixtures/cases.json', import.meta.url), 'utf8')
)

t.test('the acceptance cases by their exit code', async t => {
  for (const { id, input, expected } of cases) {
    const { stderr, code } = run(['config'], { env: input.env })
    t.equal(code, expected.ok ? 0 : 2, id)
    t.ok(stderr.includes(expected.error ?? ''), stderr)
  }
})
