// Whatever is taken away from a running router comes back, and traffic never shows another source meanwhile.
import t from 'tap'
import { environment, ipv4, ipv6, values } from '../kit/documentation.ts'
import { eventually } from '../kit/eventually.ts'
import { openLab } from '../kit/laboratory.ts'
import { exits } from '../kit/outcome.ts'
import { wrongSources } from '../kit/right-source.ts'

const env = environment(['ipv4', 'ipv6'], { EGRESS_ROUTER_MODE: 'legacy' })

const faults: Readonly<Record<string, readonly string[]>> = {
  'the link down and up': ['ip link set macvlan0 down', 'ip link set macvlan0 up'],
  'the link down': ['ip link set macvlan0 down'],
  'the IPv4 address deleted': [`ip addr del ${ipv4.sourcePrefix} dev macvlan0`],
  'the IPv6 address deleted': [`ip addr del ${ipv6.sourcePrefix} dev macvlan0`],
  'the routes deleted': ['ip route flush table 4242', 'ip -6 route flush table 4242'],
  'the rules deleted': ['ip rule del priority 1000', 'ip -6 rule del priority 1001'],
  'the table deleted': ['nft delete table inet egress_router'],
  'the ruleset flushed': ['nft flush ruleset']
}

t.test('heal', async t => {
  const lab = await openLab(t)
  const running = lab.startRouter(env)
  await running.shows(/ready/)
  const capture = await lab.capture('p-node')
  // connections that live through all of it
  for (const { pod } of Object.values(values)) void lab.ask('client', 'flow', pod, 443, { patience: 60_000 })
  for (const [name, commands] of Object.entries(faults)) {
    for (const command of commands) await lab.must('router', command.split(' '))
    const healed = await eventually(async () => (await lab.router(env, ['plan', '--exit-code'])).code === 0)
    t.ok(healed, `${name}: nothing is left to do`, { output: running.output() })
    for (const { pod, source } of Object.values(values)) {
      const seen = await eventually(async () => (await lab.ask('client', 'tcp', pod, 80, { patience: 2000 })).seen)
      t.equal(seen, source, `${name}: ${pod} is served again`)
    }
  }
  exits(t, await running.end(), 0, 'the router')
  t.same(wrongSources(await capture.finish(), await lab.mac('router', 'macvlan0')), [], 'nothing has left with another source')
})

t.test('a link that is deleted and made again', async t => {
  const lab = await openLab(t, { link: 'parent' })
  const running = lab.startRouter({ ...env, EGRESS_PARENT: 'parent0' })
  await running.shows(/ready/)
  await lab.must('router', ['ip', 'link', 'del', 'macvlan0'])
  for (const { pod, source } of Object.values(values)) {
    const seen = await eventually(async () => (await lab.ask('client', 'tcp', pod, 80, { patience: 2000 })).seen)
    t.equal(seen, source, `${pod} is served again`, { output: running.output() })
  }
  exits(t, await running.end(), 0, 'the router')
})
