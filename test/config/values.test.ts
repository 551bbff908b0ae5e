// Each setting that is one word or number: what it takes, and why it refuses the rest.
import t from 'tap'
import { accepted, refused } from './refused.ts'

const cases: readonly { variable: string; takes: Readonly<Record<string, unknown>>; refuses: Readonly<Record<string, string>> }[] = [
  {
    variable: 'EGRESS_ROUTER_MODE',
    takes: { legacy: { mode: 'legacy' }, ' init\n': { mode: 'init' } },
    refuses: { Legacy: "Unrecognized EGRESS_ROUTER_MODE 'Legacy'", initt: "Unrecognized EGRESS_ROUTER_MODE 'initt'" }
  },
  {
    variable: 'EGRESS_AFTER',
    takes: { '': { after: 'stay' }, stay: { after: 'stay' }, exit: { after: 'exit' }, ' pause ': { after: 'pause' } },
    refuses: { paused: 'Hint: the nearest known name is pause', '0': 'is none of stay, exit, pause' }
  },
  {
    variable: 'EGRESS_INTERFACE',
    takes: { net1: { interface: 'net1' }, 'a-b_c.d@e': { interface: 'a-b_c.d@e' }, 'fifteen-bytes-1': { interface: 'fifteen-bytes-1' } },
    refuses: {
      'sixteen-bytes-16': '16 bytes',
      äääääääé: '16 bytes',
      'a/b': "'/' cannot stand in it",
      'a b': "' ' cannot stand in it",
      'a:b': "':' cannot stand in it",
      'net%d': "'%' cannot stand in it",
      'eth*': "'*' cannot stand in it",
      '.': 'folder',
      '..': 'folder',
      all: 'every link',
      ' ': 'empty',
      eth0: 'cannot be both'
    }
  },
  {
    variable: 'EGRESS_CLUSTER_INTERFACE',
    takes: {
      ens3: { clusterInterface: 'ens3', clusterInterfaceGiven: true },
      '': { clusterInterface: 'eth0', clusterInterfaceGiven: false }
    },
    refuses: { 'a/b': 'cannot stand in it', macvlan0: 'cannot be both' }
  },
  {
    variable: 'EGRESS_PARENT',
    takes: { eth1: { parent: 'eth1' }, '': { parent: undefined } },
    refuses: { macvlan0: 'parent of itself', '..': 'folder' }
  },
  {
    variable: 'EGRESS_MACVLAN_MODE',
    takes: { bridge: { macvlanMode: 'bridge' }, vepa: { macvlanMode: 'vepa' }, '': { macvlanMode: 'private' } },
    refuses: { Bridge: 'Hint: the nearest known name is bridge', source: 'is none of private, bridge, vepa, passthru' }
  },
  {
    variable: 'EGRESS_MTU',
    takes: { '1400': { mtu: 1400 }, '68': { mtu: 68 }, '': { mtu: undefined } },
    refuses: {
      '67': '68 to 65535',
      '65536': '68 to 65535',
      '01400': 'whole number',
      '-1': 'whole number',
      '1e3': 'whole number',
      '0x500': 'whole number'
    }
  },
  {
    variable: 'EGRESS_LINK_TIMEOUT',
    takes: {
      '5': { linkTimeout: 5 },
      '0': { linkTimeout: 0 },
      '2.5': { linkTimeout: 2.5 },
      '.5s': { linkTimeout: 0.5 },
      '500ms': { linkTimeout: 0.5 },
      '60s': { linkTimeout: 60 },
      '2m': { linkTimeout: 120 },
      '': { linkTimeout: 60 }
    },
    refuses: {
      '-1': 'not a duration',
      '1h': 'not a duration',
      '1 s': 'not a duration',
      '1e3': 'not a duration',
      '1441m': 'longer than a day',
      s: 'not a duration'
    }
  },
  {
    variable: 'EGRESS_CONFLICT_PROBE',
    takes: { off: { conflictProbe: 'off' }, rfc5227: { conflictProbe: 'rfc5227' }, '': { conflictProbe: 'fast' } },
    refuses: { on: 'is none of off, fast, rfc5227' }
  },
  {
    variable: 'EGRESS_LOG_FORMAT',
    takes: { json: { logFormat: 'json' }, '': { logFormat: 'auto' } },
    refuses: { jsn: 'Hint: the nearest known name is json' }
  },
  {
    variable: 'EGRESS_ROUTER_DEBUG',
    takes: { '1': { debug: true }, false: { debug: true }, ' ': { debug: true }, '': { debug: false } },
    refuses: {}
  },
  {
    variable: 'EGRESS_TABLE',
    takes: { '100': { numbers: { table: 100 } }, '4294967295': { numbers: { table: 4294967295 } }, '': { numbers: { table: 4242 } } },
    refuses: {
      '0': 'range',
      '253': 'table default',
      '254': 'table main',
      '255': 'table local',
      '4294967296': 'range',
      main: 'whole number'
    }
  },
  {
    variable: 'EGRESS_MARK',
    takes: {
      '0x10': { numbers: { mark: 16, mask: 16 } },
      '0X10/0xF0': { numbers: { mark: 16, mask: 0xf0 } },
      '16/0xffffffff': { numbers: { mark: 16, mask: 0xffffffff } },
      '0x80000000': { numbers: { mark: 0x80000000, mask: 0x80000000 } },
      '': { numbers: { mark: 0x1000000, mask: 0x1000000 } }
    },
    refuses: {
      '0': 'a mark of zero',
      '0/0xff': 'a mark of zero',
      '0x11/0x10': 'bits outside its mask',
      '0x80000001/0x80000000': 'bits outside its mask',
      '0x80000001/0x1': 'bits outside its mask',
      '0x100000000': 'of 32 bits',
      '1/2/3': 'is not MARK or MARK/MASK',
      '1/': 'is not MARK or MARK/MASK',
      '010': 'is not MARK or MARK/MASK'
    }
  },
  {
    variable: 'EGRESS_PRIORITY',
    takes: { '1': { numbers: { priority: 1 } }, '32764': { numbers: { priority: 32764 } } },
    refuses: { '0': 'range', '32765': 'range' }
  },
  {
    variable: 'EGRESS_PROTOCOL',
    takes: { '5': { numbers: { protocol: 5 } }, '255': { numbers: { protocol: 255 } } },
    refuses: { '4': 'range', '256': 'range' }
  },
  {
    variable: 'EGRESS_LOCAL_PORTS',
    takes: {
      '9090/tcp': { localPorts: [{ protocol: 'tcp', port: 9090 }] },
      ' 53/UDP,\t54/sctp ,': {
        localPorts: [
          { protocol: 'udp', port: 53 },
          { protocol: 'sctp', port: 54 }
        ]
      },
      '8080 8080/tcp': {
        localPorts: [
          { protocol: 'tcp', port: 8080 },
          { protocol: 'udp', port: 8080 }
        ]
      },
      '80/udp': { localPorts: [{ protocol: 'udp', port: 80 }] },
      '': { localPorts: [] }
    },
    refuses: {
      '0': 'Invalid port: 0',
      '70000/tcp': 'Invalid port: 70000',
      '80/icmp': 'is none of tcp, udp, sctp',
      '1/tcp/2': 'is not PORT',
      '80': 'tcp 80 is redirected'
    }
  }
]

for (const { variable, takes, refuses } of cases) {
  t.test(variable, async t => {
    for (const [text, expected] of Object.entries(takes))
      t.match(accepted({ [variable]: text }), expected as object, `takes ${JSON.stringify(text)}`)
    for (const [text, reason] of Object.entries(refuses)) {
      const [issue = '', ...more] = refused({ [variable]: text })
      t.ok(issue.startsWith(`${variable}`) && issue.includes(reason), `refuses ${JSON.stringify(text)}: ${issue}`)
      t.same(more, [], 'once')
    }
  })
}

t.test('IPv6 needs an MTU of 1280', async t => {
  const dual = { EGRESS_SOURCE: '192.168.12.99/24,2001:db8::99/64', EGRESS_GATEWAY: '192.168.12.1,fe80::1' }
  t.match(refused({ ...dual, EGRESS_MTU: '1279' }), [/^EGRESS_MTU: .*1280/])
  t.same(refused({ ...dual, EGRESS_MTU: '1280' }), [])
})

t.test('a proxy mode wants its own destinations', async t => {
  t.same(refused({ EGRESS_ROUTER_MODE: 'http-proxy' }), ['EGRESS_HTTP_PROXY_DESTINATION: No EGRESS_HTTP_PROXY_DESTINATION specified'])
  t.same(refused({ EGRESS_ROUTER_MODE: 'dns-proxy' }), ['EGRESS_DNS_PROXY_DESTINATION: Must specify EGRESS_DNS_PROXY_DESTINATION'])
  t.match(accepted({ EGRESS_ROUTER_MODE: 'http-proxy', EGRESS_HTTP_PROXY_DESTINATION: '*', EGRESS_DESTINATION: undefined }), {
    mode: 'http-proxy',
    redirects: [],
    fallbacks: []
  })
})

t.test('with an unknown mode nothing is said to be missing', async t => {
  t.match(refused({ EGRESS_ROUTER_MODE: 'x', EGRESS_DESTINATION: undefined }), [/Unrecognized EGRESS_ROUTER_MODE 'x'/])
})
