// The shim by itself: what it sends and prints, whatever the other side does, and what it says when nobody is there.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { encodeAnswer, type Frame, FrameReader } from '../../src/cni/frame.ts'
import { callPlugin } from './runtime.ts'

function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'egress-shim-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** An agent of a test's own. */
async function serve(t: Test, hear: (frame: Frame, connection: Socket) => void): Promise<string> {
  const path = join(folder(t), 'agent.sock')
  const server = createServer(connection => {
    const reader = new FrameReader()
    connection.on('error', () => {})
    connection.on('data', piece => {
      const frame = reader.add(piece as Buffer)
      if (frame) hear(frame, connection)
    })
  })
  await new Promise<void>(resolve => server.listen(path, resolve))
  t.teardown(() => server.close())
  return path
}

const config = { cniVersion: '0.4.0', name: 'egress', type: 'egress-router' }

t.test('without an agent', async t => {
  const place = folder(t)
  const socket = join(place, 'agent.sock')
  for (const command of ['ADD', 'CHECK', 'GC']) {
    t.match(await callPlugin({ command, config, socket }), { code: 1, json: { cniVersion: '0.4.0', code: 11, msg: /try again later/ } })
  }
  const own = { ...config, interfaceType: 'macvlan' }
  t.match(await callPlugin({ command: 'STATUS', config: own, socket }), { code: 1, json: { code: 50 } }, 'STATUS: not available')
  t.same((await callPlugin({ command: 'DEL', config, socket })).text, '')
  t.match(await callPlugin({ command: 'DEL', config, socket }), { code: 0 }, 'DEL succeeds')
  for (const name of ['detached', 'attachments']) mkdirSync(join(place, name))
  const [known, long] = ['a.b-c', 'x'.repeat(160)]
  for (const id of [known, long]) writeFileSync(join(place, 'attachments', `${id}%2Fnet1.json`), '{}')
  for (const containerId of [known, known, long, '../../x', 'unknown']) {
    t.match(await callPlugin({ command: 'DEL', config, socket, containerId, interface: 'net1' }), { code: 0, text: '' })
  }
  const noted = readdirSync(join(place, 'detached')).toSorted()
  t.same(noted, [`${known}%2Fnet1`, `${long}%2Fnet1`], 'and is remembered, once, where there is something to take away')
  for (const command of ['', 'add', 'CHEC', 'ADD ', 'x'.repeat(5000)]) {
    const odd = await callPlugin({ command, config, socket })
    t.match(
      odd,
      { code: 1, json: { cniVersion: '0.4.0', code: 4, msg: /CNI_COMMAND/, details: /ADD, DEL, CHECK/ } },
      `'${command.slice(0, 9)}'`
    )
  }
  const version = await callPlugin({ command: 'VERSION', config, socket })
  const supportedVersions = ['0.3.1', '0.4.0', '1.0.0', '1.1.0']
  t.same(version.json, { cniVersion: '0.4.0', supportedVersions }, 'VERSION in the version that was asked in')
  for (const odd of [{ cniVersion: '9.9.9' }, { cniVersion: 1 }, {}, '', '{"cniVersion":"1.1']) {
    t.same((await callPlugin({ command: 'VERSION', config: odd, socket })).json, { cniVersion: '1.1.0', supportedVersions })
  }
})

t.test('without an agent, in a chain', async t => {
  const socket = join(folder(t), 'agent.sock')
  const prevResult = { cniVersion: '1.0.0', interfaces: [{ name: 'eth0', note: 'a "quoted\\\\" } brace' }], ips: [], dns: {} }
  const of = (annotations: unknown, more: object = {}) => ({
    ...config,
    runtimeConfig: { portMappings: [{ hostPort: 1 }], 'io.kubernetes.cri.pod-annotations': annotations },
    prevResult,
    ...more
  })
  const free = { 'kubernetes.io/config.source': 'api', 'odd"key\\': '{[,:"]}', empty: '' }
  for (const [what, given] of [
    ['other annotations', of(free)],
    ['no annotation', of({})],
    ['a key that is looked for, as a text', { note: '"ip": 1, "runtimeConfig"', ...of(free) }]
  ] as const) {
    t.same(
      await callPlugin({ command: 'ADD', config: given, socket }),
      { code: 0, text: JSON.stringify(prevResult), json: prevResult },
      what
    )
    t.same(await callPlugin({ command: 'CHECK', config: given, socket }), { code: 0, text: '', json: undefined }, `${what}: CHECK`)
  }
  t.match((await callPlugin({ command: 'ADD', config: JSON.stringify(of(free), null, 3), socket })).json, prevResult, 'with blanks')
  const status = await callPlugin({ command: 'STATUS', config, socket })
  t.same(status, { code: 0, text: '', json: undefined }, 'STATUS, which a runtime takes for the state of the whole node')
  for (const [what, given] of [
    ['a macvlan', of({ ...free, 'pod.network.openshift.io/assign-macvlan': 'true' })],
    ['a router', of({ 'egress-router.io/source': '192.168.12.99/24' })],
    ['no word of the annotations', { ...config, prevResult }],
    ['annotations of another form', of('x')],
    ['annotations elsewhere', { ...config, prevResult, deeper: of(free) }],
    ['nothing before it', of(free, { prevResult: undefined })],
    ['a result that is none', of(free, { prevResult: 'x' })],
    ['a network of its own', of(free, { ip: {} })],
    ['another network of its own', of(free, { interfaceType: 'macvlan' })]
  ] as const) {
    t.match(await callPlugin({ command: 'ADD', config: given, socket }), { code: 1, json: { code: 11 } }, what)
  }
  const whole = JSON.stringify(of(free))
  for (let length = 0; length < whole.length; length += 7) {
    const { code } = await callPlugin({ command: 'ADD', config: whole.slice(0, length), socket })
    if (code !== 0 && code !== 1) t.fail(`${length} characters of it: ${code}`)
  }
})

t.test('where the agent is', async t => {
  const socket = await serve(t, (_, connection) => connection.end(encodeAnswer(0, 'here')))
  const elsewhere = { PATH: '/nowhere' }
  t.match(await callPlugin({ command: 'ADD', config, socket }), { code: 0, text: 'here' }, 'by the environment')
  const told = { nested: { agentSocket: '/wrong' }, list: ['agentSocket', { agentSocket: '/wrong' }], agentSocket: socket, ...elsewhere }
  t.match(await callPlugin({ command: 'ADD', config: { ...config, ...told } }), { code: 0, text: 'here' }, 'by the configuration')
  for (const text of [
    '',
    '{',
    '"agentSocket',
    '{"agentSocket":',
    '{"agentSocket":"',
    '{"agentSocket":"\\',
    '[[[[{{',
    '\0\0',
    '{"agentSocket":{"x":"y"}}'
  ]) {
    t.match((await callPlugin({ command: 'ADD', config: text })).json?.code, 11, JSON.stringify(text))
  }
  const long = await callPlugin({ command: 'ADD', config, socket: `/tmp/${'x'.repeat(4000)}` })
  t.match(long, { code: 1, json: { code: 11 } }, 'a path that is too long')
  const odd = await callPlugin({ command: 'ADD', config, socket: '/tmp/"\\\n\x01é' })
  t.match(odd, { code: 1, json: { code: 11, details: /No such file/ } }, 'a path that needs quoting')
})

t.test('everything is relayed as it is', async t => {
  const heard: Frame[] = []
  const answer = `${'ä'.repeat(300_000)}\0end`
  const socket = await serve(t, (frame, connection) => {
    heard.push(frame)
    // in pieces, the first one splitting the header
    const bytes = encodeAnswer(1, answer)
    connection.write(bytes.subarray(0, 3))
    setTimeout(() => {
      connection.write(bytes.subarray(3, 5000))
      setTimeout(() => connection.end(bytes.subarray(5000)), 20)
    }, 20)
  })
  const input = JSON.stringify({ ...config, padding: 'é\u2028'.repeat(250_000) })
  const args = `A=${'b'.repeat(10_000)};C=d=e`
  const outcome = await callPlugin({ command: 'ADD', config: input, socket, args, namespace: '/run/netns/x' })
  t.equal(outcome.code, 1)
  t.equal(outcome.text, answer, 'more than half a megabyte of answer')
  const [frame] = heard
  t.equal(frame?.input, input, 'more than a megabyte of input')
  t.same(
    Object.fromEntries(frame?.variables ?? []),
    {
      CNI_COMMAND: 'ADD',
      CNI_CONTAINERID: 'c1',
      CNI_IFNAME: 'net1',
      CNI_PATH: '/opt/cni/bin',
      CNI_NETNS: '/run/netns/x',
      CNI_ARGS: args
    },
    'the variables of CNI, and no others'
  )
  t.match((await callPlugin({ command: 'ADD', config: 'x'.repeat(9 * 1024 * 1024), socket })).json, { code: 5, details: /more than 8 MiB/ })
})

t.test('an agent that ends without an answer', async t => {
  const socket = await serve(t, (_, connection) => connection.destroy())
  t.match(await callPlugin({ command: 'ADD', config, socket }), { code: 1, json: { code: 11, msg: /did not answer/ } })
  t.match(await callPlugin({ command: 'DEL', config, socket }), { code: 0, text: '' })
  const half = await serve(t, (_, connection) => connection.end(encodeAnswer(0, 'whole answer').subarray(0, 12)))
  t.match(await callPlugin({ command: 'ADD', config, socket: half }), { code: 1 }, 'half an answer is a failure')
})
