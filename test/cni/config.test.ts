// What a runtime and an administrator may get wrong: each is told with its code and its place, and nothing is made.
import fc from 'fast-check'
import t from 'tap'
import { asCniError, CniError } from '../../src/cni/cni-error.ts'
import { cniCommands, readCall } from '../../src/cni/environment.ts'
import { readNetworkConfig, readValidAttachments } from '../../src/cni/network-config.ts'
import { isOwnNetwork, readOwnNetwork } from '../../src/cni/own-network.ts'
import { inNetworkWords } from '../../src/cni/wording.ts'
import { EgressRouterError } from '../../src/errors.ts'
import { network } from './runtime.ts'

const variables = (change: Record<string, string | undefined> = {}) =>
  new Map(
    Object.entries({
      CNI_COMMAND: 'ADD',
      CNI_CONTAINERID: 'c1',
      CNI_IFNAME: 'net1',
      CNI_NETNS: '/run/netns/x',
      CNI_ARGS: '',
      ...change
    }).filter((entry): entry is [string, string] => entry[1] !== undefined)
  )

const call = readCall(variables())
const read = (config: unknown, command = 'ADD') => readNetworkConfig(typeof config === 'string' ? config : JSON.stringify(config), command)
const own = (change: object) => readOwnNetwork(read(network('192.168.12.99/24', change)), call)
const ip = (change: object) => own({ ip: { ...network('192.168.12.99/24').ip, ...change } })

t.test('a network of its own', async t => {
  t.same(own({}), {
    id: 'c1/net1',
    namespace: '/run/netns/x',
    link: { name: 'net1', parent: 'up0', mode: 'bridge' },
    settings: {
      source: ['192.168.12.99/24'],
      gateway: ['192.168.12.1'],
      destination: ['80 tcp 203.0.113.25', '203.0.113.27'],
      linkTimeout: '10',
      conflictProbe: 'off'
    },
    cni: { network: 'egress', containerId: 'c1', interface: 'net1' }
  })
  t.same(own({ interfaceArgs: { master: 'up0' } }).link.mode, 'bridge', 'the mode of this plugin type')
  for (const mtu of ['1400', 1400]) t.equal(own({ interfaceArgs: { master: 'up0', mtu } }).link.mtu, 1400)
  for (const mtu of ['0', 0, '']) t.equal(own({ interfaceArgs: { master: 'up0', mtu } }).link.mtu, undefined, "0 is the parent's")
  t.ok(ip({ destinations: ['80 TCP 203.0.113.25', '80\tUdp 203.0.113.25 81', '# a comment', '7 sctp 203.0.113.25'] }))
  t.notOk(isOwnNetwork(read({ cniVersion: '1.0.0', name: 'x', type: 'egress-router' })))
})

t.test('everything that is wrong is told with its place', async t => {
  const cases: [() => unknown, number, RegExp][] = [
    [() => read('{'), 6, /not JSON/],
    [() => read('[]'), 6, /not a JSON object/],
    [() => read(''), 6, /not JSON/],
    [() => read({ name: 'x' }), 1, /none is given in cniVersion, and 0\.3\.1, 0\.4\.0, 1\.0\.0, 1\.1\.0/],
    [() => read({ name: 'x', cniVersion: '0.2.0' }), 1, /'0\.2\.0'/],
    [() => read({ name: 'x', cniVersion: '2.0.0' }), 1, /'2\.0\.0'/],
    [() => read({ name: 'x', cniVersion: '0.3.1' }, 'CHECK'), 1, /no CHECK \(since 0\.4\.0\)/],
    [() => read({ name: 'x', cniVersion: '1.0.0' }, 'GC'), 1, /no GC/],
    [() => read({ cniVersion: '1.0.0' }), 7, /^name: it is missing/],
    [() => read({ cniVersion: '1.0.0', name: '../x' }), 7, /^name: /],
    [() => read({ cniVersion: '1.0.0', name: 'x', prevResult: 'y' }), 7, /^prevResult: an object/],
    [() => read({ ...network(''), runtimeConfig: { 'io.kubernetes.cri.pod-annotations': { a: 1 } } }), 7, /pod-annotations\.a: a string/],
    [() => own({ interfaceType: 'ipvlan' }), 2, /^interfaceType: "ipvlan"/],
    [() => own({ podIP: { a: {} } }), 2, /^podIP: \{"a":\{\}\}/],
    [() => own({ interfaceArgs: { master: 'up0', mod: 'bridge' } }), 2, /^interfaceArgs\.mod: "bridge": the key is unknown/],
    [() => own({ interfaceArgs: { master: 'up0', mode: 'brigde' } }), 7, /^interfaceArgs\.mode: /],
    [() => own({ interfaceArgs: { master: 'up0', mtu: 'big' } }), 7, /^interfaceArgs\.mtu: "big"/],
    [() => own({ interfaceArgs: { master: 'up0', mtu: 20 } }), 7, /^interfaceArgs\.mtu: /],
    [() => own({ interfaceArgs: { master: 'up0', mtu: {} } }), 7, /^interfaceArgs\.mtu: /],
    [() => own({ interfaceArgs: { master: 'a name with blanks' } }), 7, /^interfaceArgs\.master: /],
    [() => own({ interfaceArgs: { master: 7 } }), 7, /^interfaceArgs\.master: a string/],
    [() => own({ interfaceArgs: [] }), 7, /^interfaceArgs: an object/],
    [() => own({ ip: undefined }), 7, /^ip\.addresses: it is missing/],
    [() => ip({ address: 'x' }), 2, /^ip\.address: .*unknown/],
    [() => ip({ addresses: [] }), 7, /^ip\.addresses: it is missing or empty/],
    [() => ip({ addresses: ['192.168.12.99/24', '192.168.12.999/24'] }), 7, /^ip\.addresses\[1\]: .*999 is above 255/],
    [
      () => ip({ addresses: ['192.168.12.99/24', '192.168.12.98/24', '192.168.12.99/32'] }),
      7,
      /^ip\.addresses\[2\]: .*192\.168\.12\.99 .*twice/
    ],
    [
      () => ip({ addresses: ['192.168.12.99/24', '192.168.12.1/32'] }),
      7,
      /^ip\.gateway\[0\]: .*192\.168\.12\.1 is an address of the router/
    ],
    [() => ip({ addresses: ['10.1.0.9/24', '192.168.12.99/24'], gateway: ['192.168.12.255'] }), 7, /broadcast address of 192\.168\.12\.0/],
    [() => ip({ addresses: ['192.168.12.99/24', '203.0.113.25/32'] }), 7, /^ip\.destinations\[0\]: .*is an address of the router itself/],
    [() => ip({ addresses: ['192.168.12.99/33'] }), 7, /^ip\.addresses\[0\]: .*33/],
    [() => ip({ addresses: [7] }), 7, /^ip\.addresses\[0\]: a string/],
    [() => ip({ gateway: undefined }), 7, /^ip\.gateway: it is missing/],
    [() => ip({ gateway: '192.168.12.1/24' }), 7, /^ip\.gateway\[0\]: /],
    [() => ip({ gateway: 'fd00::1' }), 7, /^ip\.gateway/],
    [() => ip({ destinations: ['203.0.113.0/24'] }), 7, /^ip\.destinations\[0\]: .*203\.0\.113\.0\/24/],
    [() => ip({ destinations: ['80 tcp 203.0.113.25', '80 tcp 203.0.113.26'] }), 7, /^ip\.destinations\[1\]: .*already used/],
    [() => ip({ destinations: ['80 icmp 203.0.113.25'] }), 7, /^ip\.destinations\[0\]: /],
    [() => ip({ destinations: ['80 tcp example.com'] }), 2, /^ip\.destinations: the host name 'example\.com'/],
    [() => ip({ destinations: [''] }), 7, /^ip\.destinations: no rule and no fallback in it\. Hint: give a rule/],
    [() => ip({ destinations: ['203.0.113.27', '80 tcp 203.0.113.25'] }), 7, /^ip\.destinations\[\d\]: fallback IP must be the last/],
    [() => own({ interfaceArgs: { master: 'net1' } }), 7, /^interfaceArgs\.master: net1 cannot be the parent of itself/],
    [() => own({ conflictProbe: 'slow' }), 7, /^conflictProbe: /]
  ]
  for (const [attempt, code, words] of cases) {
    try {
      attempt()
      t.fail(`${words} was let pass`)
    } catch (error) {
      t.match(error, { code, message: words }, String(words))
      t.notMatch((error as Error).message, /EGRESS_|--\w|values/, 'in the words of a network configuration')
    }
  }
  t.throws(
    () => ip({ addresses: ['x'], destinations: ['y z', '70000 tcp 1.2.3.4'] }),
    /ip\.addresses\[0\].*\n.*ip\.destinations\[0\].*\n.*70000/s,
    'all at once'
  )
})

t.test('errors of the agent in the words of a network configuration', async t => {
  const words = (message: string, hint?: string) => {
    const { message: msg, details } = inNetworkWords(new EgressRouterError('ELINK', message, { hint }))
    return details === undefined ? [msg] : [msg, details]
  }
  t.same(words('x', 'EGRESS_MTU can be at most 1500'), ['x', 'interfaceArgs.mtu can be at most 1500'])
  t.same(words('x', 'remove it or choose EGRESS_PRIORITY and EGRESS_MARK'), ['x', 'remove it'])
  t.same(words('x', 'look at the parent, or leave EGRESS_MTU out'), ['x', 'look at the parent, or leave interfaceArgs.mtu out'])
  t.same(words('x', 'this or that; EGRESS_CLUSTER_INTERFACE names it; more'), ['x', 'this or that; more'])
  t.same(words('x', 'choose EGRESS_TABLE'), ['x'])
  t.same(words('EGRESS_SOURCE and EGRESS_AGENT_SOCKET'), ['ip.addresses and EGRESS_AGENT_SOCKET'], "the agent's own stay")
})

t.test('the environment', async t => {
  t.same(Object.fromEntries(readCall(variables({ CNI_ARGS: 'B=2;;A=1=1;IgnoreUnknown=1' })).args), { A: '1=1', B: '2', IgnoreUnknown: '1' })
  t.same(readCall(variables({ CNI_COMMAND: 'DEL', CNI_NETNS: '' })).namespace, '')
  t.ok(readCall(new Map([['CNI_COMMAND', 'GC']])), 'GC concerns no container')
  const wrong: [Record<string, string | undefined>, RegExp][] = [
    [{ CNI_COMMAND: undefined }, /CNI_COMMAND is not set/],
    [{ CNI_COMMAND: 'add' }, /CNI_COMMAND 'add' is unknown/],
    [{ CNI_CONTAINERID: undefined }, /CNI_CONTAINERID is not set/],
    [{ CNI_CONTAINERID: '../etc' }, /CNI_CONTAINERID/],
    [{ CNI_CONTAINERID: 'x'.repeat(161) }, /CNI_CONTAINERID/],
    [{ CNI_NETNS: undefined }, /CNI_NETNS is not set/],
    [{ CNI_NETNS: '1' }, /CNI_NETNS '1' is no absolute path/],
    [{ CNI_IFNAME: undefined }, /CNI_IFNAME is not set/],
    [{ CNI_CONTAINERID: '', CNI_IFNAME: undefined, CNI_NETNS: undefined }, /: CNI_CONTAINERID, CNI_IFNAME, CNI_NETNS are not set/],
    [{ CNI_IFNAME: 'sixteencharacter' }, /CNI_IFNAME/],
    [{ CNI_IFNAME: 'a/b' }, /CNI_IFNAME/],
    [{ CNI_ARGS: 'A' }, /CNI_ARGS 'A'/],
    [{ CNI_ARGS: '=x' }, /CNI_ARGS/]
  ]
  for (const [change, words] of wrong) t.throws(() => readCall(variables(change)), { code: 4, message: words }, String(words))
})

t.test('what garbage collection must leave', async t => {
  const valid = [{ containerID: 'a', ifname: 'net1' }]
  const gc = (rest: object) => readValidAttachments(read({ cniVersion: '1.1.0', name: 'x', ...rest }, 'GC'))
  for (const key of ['cni.dev/valid-attachments', 'cni.dev/attachments']) {
    t.same(gc({ [key]: valid }), [{ containerId: 'a', interface: 'net1' }], key)
    t.same(gc({ [key]: null }), [], 'none')
    t.throws(() => gc({ [key]: {} }), { code: 7 })
    t.throws(() => gc({ [key]: [{ containerID: 'a' }] }), { code: 7, message: /\[0\]/ })
  }
  t.throws(() => gc({}), { code: 7 }, 'a runtime that says nothing does not mean everything')
})

t.test('nothing but a CniError comes out', async t => {
  const json = fc.jsonValue({ maxDepth: 3 })
  const part = fc.record({ addresses: json, gateway: json, destinations: json, master: json, mode: json, mtu: json }, { requiredKeys: [] })
  const config = fc.record(
    { interfaceType: json, interfaceArgs: fc.oneof(json, part), ip: fc.oneof(json, part), prevResult: json },
    { requiredKeys: [] }
  )
  fc.assert(
    fc.property(config, fc.dictionary(fc.constantFrom(...variables().keys()), fc.string()), (change, env) => {
      for (const command of cniCommands) {
        try {
          const given = readCall(variables({ ...env, CNI_COMMAND: command }))
          const parsed = read({ ...network('192.168.12.99/24'), ...change, cniVersion: '1.1.0' }, command)
          if (command === 'GC') readValidAttachments(parsed)
          else readOwnNetwork(parsed, given)
        } catch (error) {
          // without a default route the node has no default parent: an error of the agent
          if (!(asCniError(error) instanceof CniError) || (error as Error).name === 'TypeError') throw error
        }
      }
    }),
    { numRuns: 300 }
  )
  t.pass()
})
