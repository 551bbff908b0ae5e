import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { loadConfig, loadIdentity, parseConfig } from '../../src/config/load.ts'
import { ConfigError, formatIssue } from '../../src/errors.ts'
import { sound } from './refused.ts'

const folder = mkdtempSync(join(tmpdir(), 'egress-router-'))
t.teardown(() => rmSync(folder, { recursive: true }))

const write = (name: string, text: string) => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const issuesOf = (error: unknown) => {
  if (!(error instanceof ConfigError)) throw error
  return error.issues.map(issue => formatIssue(issue).replaceAll(`${folder}/`, ''))
}

t.test('flags win over the environment, that over the file, that over the default', async t => {
  const configFile = write('router.yaml', 'mtu: 1001\ntable: 11\npriority: 111\n')
  const env = { ...sound, EGRESS_MTU: '1002', EGRESS_TABLE: '12' }
  const { config } = await loadConfig({ flags: { mtu: '1003' }, env, configFile })
  t.match(config, { mtu: 1003, numbers: { table: 12, priority: 111, protocol: 101 } })
})

t.test('only what wins is judged, and is called by its name', async t => {
  const configFile = write('bad.yaml', 'mtu: x\ntable: y\n')
  t.match((await loadConfig({ flags: { mtu: '1400' }, env: { ...sound, EGRESS_TABLE: '7' }, configFile })).config, { mtu: 1400 })
  const error = await loadConfig({ flags: { gateway: 'a', linkTimeout: 'b' }, env: { ...sound, EGRESS_MTU: 'c' }, configFile }).catch(
    issuesOf
  )
  t.match(error, [/^--gateway: /, /^bad\.yaml line 2 \(table\): /, /^EGRESS_MTU: /, /^--link-timeout: /])
})

t.test('destinations from a file', async t => {
  const { EGRESS_DESTINATION: _, ...env } = sound
  const file = write('destinations', '# one\n\n80 tcp 203.0.113.25\n203.0.113.27\n')
  const { config } = await loadConfig({ env: { ...env, EGRESS_DESTINATION_FILE: file } })
  t.match(config, { destinationFile: file, redirects: { length: 1 }, fallbacks: { length: 1 } })
  const bad = write('bad', '80 tcp 203.0.113.25\n70000 tcp 203.0.113.25\n80 tcp 2001:db8::1\n')
  t.match(await loadConfig({ flags: { destinationFile: bad }, env }).catch(issuesOf), [
    /^bad line 2: Invalid port: 70000/,
    /^bad line 3: EGRESS_DESTINATION localport 80 is already used/,
    /^bad line 3: .*no source of that family/
  ])
  t.match(await loadConfig({ env: { ...env, EGRESS_DESTINATION_FILE: join(folder, 'none') } }).catch(issuesOf), [
    /^EGRESS_DESTINATION_FILE: cannot read 'none': ENOENT/
  ])
  t.match(await loadConfig({ env: { ...env, EGRESS_DESTINATION_FILE: folder } }).catch(issuesOf), [
    /^EGRESS_DESTINATION_FILE: cannot read .*EISDIR/
  ])
  t.match(await loadConfig({ env: { ...env, EGRESS_DESTINATION_FILE: write('empty', '') } }).catch(issuesOf), [
    /^empty: EGRESS_DESTINATION unspecified/
  ])
})

t.test('destinations and their file are two names of one thing', async t => {
  const file = write('destinations', '203.0.113.27\n')
  const both = await loadConfig({ env: { ...sound, EGRESS_DESTINATION_FILE: file } }).catch(issuesOf)
  t.same(both, ['EGRESS_DESTINATION_FILE: only one of EGRESS_DESTINATION and EGRESS_DESTINATION_FILE can be given'])
  t.match((await loadConfig({ flags: { destinationFile: file }, env: sound })).config, { redirects: [], destinationFile: file })
  const text = await loadConfig({
    flags: { destination: '81 tcp 203.0.113.25' },
    env: { ...sound, EGRESS_DESTINATION: '', EGRESS_DESTINATION_FILE: file }
  })
  t.match(text.config, { redirects: [{ port: 81 }], destinationFile: undefined })
})

t.test('what has no effect in a proxy mode is worth a word', async t => {
  const { config, warnings } = await loadConfig({ flags: { mode: 'http-proxy' }, env: { ...sound, EGRESS_HTTP_PROXY_DESTINATION: '*' } })
  t.same(warnings.map(formatIssue), ['EGRESS_DESTINATION: redirects have no effect in a proxy mode'])
  t.same(config.redirects, [])
})

t.test('our objects can be found without a source', async t => {
  const configFile = write('router.yaml', 'table: 11\n')
  const { config } = await loadIdentity({
    flags: { interface: 'net1' },
    env: { EGRESS_MARK: '1/3', EGRESS_SOURCE: 'nonsense', EGRESS_MTU: 'x' },
    configFile
  })
  t.same(config, {
    interface: 'net1',
    clusterInterface: 'eth0',
    clusterInterfaceGiven: false,
    numbers: { table: 11, mark: 1, mask: 3, priority: 1000, protocol: 101 },
    debug: false,
    logFormat: 'auto'
  })
  t.match(await loadIdentity({ env: { EGRESS_MARK: '0' } }).catch(issuesOf), [/^EGRESS_MARK: /])
})

t.test('a program that embeds the router gives values', async t => {
  const values = {
    source: ['192.168.12.99/24'],
    gateway: '192.168.12.1',
    destination: ['80 tcp 203.0.113.25', '203.0.113.27'],
    mtu: 1400,
    debug: true
  }
  t.match(parseConfig({ values }).config, {
    sources: [{ prefix: 24 }],
    redirects: { length: 1 },
    fallbacks: { length: 1 },
    mtu: 1400,
    debug: true
  })
  t.equal(parseConfig({ values: { ...values, debug: false } }).config.debug, false)
  try {
    parseConfig({ values: { ...values, gateway: ['192.168.12.1', 'x'], destination: ['80 tcp 203.0.113.25', 'x y'] } })
    t.fail('refused')
  } catch (error) {
    t.match(issuesOf(error), [/^values \(gateway\[1\]\): /, /^values \(destination\[1\]\): /])
  }
  const { destination: _, ...rest } = values
  const withFile = { ...rest, destinationFile: 'rules' }
  t.throws(
    () => parseConfig({ values: withFile }),
    { message: /^values \(destinationFile\): cannot read 'rules'/ },
    'it opens no file itself'
  )
  t.match(parseConfig({ values: withFile, readFile: () => '203.0.113.27' }).config, { destinationFile: 'rules', fallbacks: { length: 1 } })
})
