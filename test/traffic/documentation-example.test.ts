// The documentation's example: any port of the pod, TCP and UDP, leads to the same port of the destination, which sees the reserved address.
import t from 'tap'
import { environment, type FamilyName, serverPorts, values } from '../kit/documentation.ts'
import { openLab } from '../kit/laboratory.ts'
import { exits } from '../kit/outcome.ts'

const cases: readonly (readonly FamilyName[])[] = [['ipv4'], ['ipv6'], ['ipv4', 'ipv6']]

for (const families of cases) {
  t.test(families.join(' and '), async t => {
    const lab = await openLab(t)
    exits(t, await lab.router(environment(families)), 0, 'run')
    for (const family of families) {
      const { pod, source, destinations } = values[family]
      for (const protocol of ['tcp', 'udp'] as const) {
        const answers = await Promise.all(serverPorts.map(port => lab.ask('client', protocol, pod, port)))
        for (const [i, port] of serverPorts.entries()) {
          t.match(answers[i], { seen: source, at: destinations[0], port }, `${family} ${protocol} ${port}`)
        }
      }
    }
    for (const family of (['ipv4', 'ipv6'] as const).filter(f => !families.includes(f))) {
      t.same(
        await lab.ask('client', 'tcp', values[family].pod, 80),
        { error: 'ECONNREFUSED' },
        `${family}, not configured, stays the pod's own`
      )
    }
  })
}
