// Connection tracking beside conntrack(8), in a namespace.
import t from 'tap'
import { Conntrack, type Flow } from '../../src/conntrack/conntrack.ts'
import { inNamespace } from '../../src/sys/namespace.ts'
import { LinuxStage } from '../kernel/stage.ts'

const stage = new LinuxStage()
const conntrack = inNamespace(stage.kernel.namespace, () => new Conntrack())
t.teardown(() => {
  conntrack[Symbol.dispose]()
  stage[Symbol.dispose]()
})

const insert = (...args: string[]) => stage.in(['conntrack', '-I', '-t', '600', ...args])
const udp = (source: string, destination: string, port: number, ...rest: string[]) =>
  insert('-p', 'udp', '-s', source, '-d', destination, '--sport', '4000', '--dport', String(port), ...rest)

udp('10.129.0.10', '10.128.0.2', 53)
udp('10.129.0.10', '10.128.0.2', 54, '--mark', '0x81000000')
udp('10.129.0.11', '10.128.0.2', 53)
udp('10.129.0.10', '10.128.0.2', 55, '--dst-nat', '203.0.113.25:5555')
udp('fd00:129::10', 'fd00:128::2', 53)
insert('-p', 'tcp', '-s', '10.129.0.10', '-d', '10.128.0.2', '--sport', '4000', '--dport', '53', '--state', 'ESTABLISHED')
insert('-p', 'icmp', '-s', '10.129.0.10', '-d', '10.128.0.2', '--icmp-type', '8', '--icmp-code', '0', '--icmp-id', '7')

/** `conntrack -L`: the first four values are the original direction, the next four the answers'. */
function listed(): string[] {
  const lines = ['ipv4', 'ipv6'].flatMap(family => stage.in(['conntrack', '-L', '-f', family]).trim().split('\n'))
  return lines
    .filter(line => line.includes('sport='))
    .map(line => {
      const all = (key: string) => [...line.matchAll(new RegExp(`\\b${key}=(\\S+)`, 'g'))].map(([, value]) => value)
      const way = (n: number) => `${all('src')[n]} ${all('sport')[n]} > ${all('dst')[n]} ${all('dport')[n]}`
      return `${/^\w+\s+(\d+)/.exec(line)?.[1]}: ${way(0)}, ${way(1)}, ${all('mark')[0] ?? 0}`
    })
    .sort()
}

const way = ({ source, sourcePort, destination, destinationPort }: Flow['original']) =>
  `${source} ${sourcePort} > ${destination} ${destinationPort}`
const told = () =>
  conntrack
    .flows()
    .map(({ protocol, original, reply, mark }) => `${protocol}: ${way(original)}, ${way(reply)}, ${mark}`)
    .sort()

/** Conntrack.forget throws ENOENT. */

t.test('as conntrack lists them', async t => {
  t.equal(told().length, 6, 'those with ports')
  t.same(told(), listed())
})

t.test('one is forgotten, and only it', async t => {
  for (let left = told(); left.length > 0; left = told()) {
    const [flow] = conntrack.flows() as [Flow]
    conntrack.forget(flow)
    const gone = `${flow.protocol}: ${way(flow.original)}, ${way(flow.reply)}, ${flow.mark}`
    t.same(
      told(),
      left.filter(line => line !== gone),
      gone
    )
    t.same(told(), listed())
    t.doesNotThrow(() => conntrack.forget(flow), 'gone already is gone')
  }
})
