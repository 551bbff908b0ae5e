// Which UDP flows have to be forgotten after a change.
import t from 'tap'
import type { Flow } from '../../src/conntrack/conntrack.ts'
import { staleFlows } from '../../src/egress/stale.ts'
import { numbers, sample, source4, source6 } from './sample.ts'

const pod = '10.128.0.2'
const client = '10.129.0.10'
const [old, now] = ['203.0.113.25', '203.0.113.26']

/** A flow from the client to a port of the pod that the kernel answers from `from`. */
const flow = (port: number, from: string, fromPort: number, rest: Partial<Flow> & { to?: string } = {}): Flow => ({
  protocol: 17,
  original: { source: client, destination: pod, sourcePort: 4000, destinationPort: port },
  reply: { source: from, destination: rest.to ?? source4.address, sourcePort: fromPort, destinationPort: 4000 },
  mark: numbers.mark,
  values: {},
  ...rest
})
const untouched = (port: number) => flow(port, pod, port, { to: client, mark: 0 })

const redirect = (protocol: 'tcp' | 'udp', port: number, address: string, targetPort = port) => ({
  protocol,
  port,
  destination: { address, port: targetPort }
})
const config = sample({
  redirects: [redirect('udp', 53, now), redirect('tcp', 80, now), redirect('udp', 54, now, 5454)],
  localPorts: [{ protocol: 'udp', port: 9 }]
})
const withFallback = sample({ fallbacks: [{ family: 'ipv4', address: now }], localPorts: config.localPorts })

const isStale = (one: Flow, of = config) => staleFlows(of, [one], new Set([pod, 'fd00:128::2'])).length === 1
const cases: readonly (readonly [what: string, flow: Flow, stale: boolean, of?: typeof config])[] = [
  ['as it should be', flow(53, now, 53), false],
  ['another port at the target', flow(54, now, 5454), false],
  ['the old target', flow(53, old, 53), true],
  ['the old port at the target', flow(54, now, 54), true],
  ['an old source', flow(53, now, 53, { to: '192.168.12.98' }), true],
  ['not redirected then, redirected now', untouched(53), true],
  ['redirected then, no longer', flow(55, old, 55), true],
  ['never redirected', untouched(55), false],
  ['a TCP connection ends by itself', flow(53, old, 53, { protocol: 6 }), false],
  ['redirected then, stays in the pod now', flow(9, old, 9), true],
  ['stays in the pod', untouched(9), false],
  ['the fallback', flow(55, now, 55), false, withFallback],
  ['an old fallback', flow(55, old, 55), true, withFallback],
  ['below the fallback a port that stays', untouched(9), false, withFallback],
  [
    'a flow of somebody else',
    { ...flow(53, old, 53), original: { source: pod, destination: '10.0.0.53', sourcePort: 1, destinationPort: 53 } },
    false
  ]
]
for (const [what, one, stale, of] of cases) t.equal(isStale(one, of), stale, what)

t.test('both families', async t => {
  const six = { source: 'fd00:129::10', destination: 'fd00:128::2', sourcePort: 4000, destinationPort: 53 }
  const answered = (by: string) => ({ ...flow(53, by, 53, { to: source6.address }), original: six })
  const dual = sample({
    sources: [source4, source6],
    redirects: [redirect('udp', 53, now)],
    fallbacks: [{ family: 'ipv6', address: '2001:db8::1' }]
  })
  t.notOk(isStale(answered('2001:db8::1'), dual), 'a redirect of one family is none of the other: the fallback')
  t.ok(isStale(answered('2001:db8::2'), dual))
})

t.test('marks', async t => {
  const marked = (mark: number, mask: number, of: number) =>
    isStale(flow(55, old, 55, { mark: of }), sample({ numbers: { ...numbers, mark, mask } }))
  t.ok(marked(0x1000000, 0x3000000, 0x1000007), 'other bits are others’')
  t.notOk(marked(0x1000000, 0x3000000, 0x3000000), 'another value of our bits')
  t.ok(marked(0x80000000, 0x80000000, 0x80000000), 'the highest bit')
  t.ok(marked(0xffffffff, 0xffffffff, 0xffffffff), 'all bits')
})
