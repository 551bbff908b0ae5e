// A pod that was set up by an init container has nobody to heal it. Damage then stops traffic, but never lets it out with another source:
// each object that is taken away leaves the others to hold it back.
import t from 'tap'
import { environment, ipv4, ipv6, values } from '../kit/documentation.ts'
import { openLab } from '../kit/laboratory.ts'
import { exits } from '../kit/outcome.ts'
import { wrongSources } from '../kit/right-source.ts'

const env = environment(['ipv4', 'ipv6'], { EGRESS_CONFLICT_PROBE: 'off' })

const damages: Readonly<Record<string, readonly string[]>> = {
  'the addresses': [`ip addr del ${ipv4.sourcePrefix} dev macvlan0`, `ip addr del ${ipv6.sourcePrefix} dev macvlan0`],
  'the routes': ['ip route flush table 4242', 'ip -6 route flush table 4242'],
  'the rules': ['ip rule del priority 1000', 'ip -6 rule del priority 1000', 'ip rule del priority 1001', 'ip -6 rule del priority 1001'],
  'the table': ['nft delete table inet egress_router'],
  'the chain that rewrites the source': ['nft flush chain inet egress_router source']
}

t.test('damage', async t => {
  const lab = await openLab(t)
  const mac = await lab.mac('router', 'macvlan0')
  for (const [what, commands] of Object.entries(damages)) {
    exits(t, await lab.router(env), 0, 'run')
    for (const { pod, source } of Object.values(values)) t.match(await lab.ask('client', 'tcp', pod, 80), { seen: source }, `${pod} works`)
    const capture = await lab.capture('p-node')
    // connections that are there before, and new ones after
    const flows = Object.values(values).map(({ pod }) => lab.ask('client', 'flow', pod, 443, { patience: 1500 }))
    for (const command of commands) await lab.run('router', command.split(' '))
    // neighbours are asked for again, so that the packets that ask for them are seen too
    await lab.must('router', ['ip', 'neigh', 'flush', 'dev', 'macvlan0'])
    await Promise.all([...flows, ...Object.values(values).map(({ pod }) => lab.ask('neighbor', 'tcp', pod, 80, { patience: 1000 }))])
    t.same(wrongSources(await capture.finish(), mac), [], `without ${what}`)
  }
})
