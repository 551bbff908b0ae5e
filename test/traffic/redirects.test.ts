// Redirect rules by port, to another port, and the fallback; without a fallback what no rule names is refused, not served by the pod.
import t from 'tap'
import { environment, values } from '../kit/documentation.ts'
import { openLab } from '../kit/laboratory.ts'
import { exits } from '../kit/outcome.ts'

for (const family of ['ipv4', 'ipv6'] as const) {
  const { pod, source, client, destinations } = values[family]
  const [a, b, c] = destinations
  const rules = `80 tcp ${a}\n8080 tcp ${b} 80`

  t.test(`${family}: rules and fallback`, async t => {
    const lab = await openLab(t)
    const capture = await lab.capture('p-node')
    exits(t, await lab.router(environment([family], { EGRESS_DESTINATION: `${rules}\n${c}`, EGRESS_CONFLICT_PROBE: 'off' })), 0, 'run')
    const cases = [
      ['tcp', 80, a, 80],
      ['tcp', 8080, b, 80],
      ['tcp', 443, c, 443],
      ['udp', 80, c, 80],
      ['udp', 8080, c, 8080]
    ] as const
    for (const [protocol, port, at, targetPort] of cases) {
      t.match(await lab.ask('client', protocol, pod, port), { seen: source, at, port: targetPort }, `${protocol} ${port}`)
    }
    t.equal((await lab.run('client', ['ping', '-c1', '-W3', pod])).code, 0, 'a ping is answered')
    const echoes = (await capture.finish()).filter(f => (f.kind === 'ipv4' && f.icmp === 8) || (f.kind === 'ipv6' && f.icmp === 128))
    t.same(echoes, [], 'by the pod: no echo request goes to the LAN')
  })

  t.test(`${family}: no fallback`, async t => {
    const lab = await openLab(t)
    await lab.serve('router', [pod], [8443, 9000])
    const env = environment([family], { EGRESS_DESTINATION: rules, EGRESS_LOCAL_PORTS: '9000', EGRESS_CONFLICT_PROBE: 'off' })
    exits(t, await lab.router(env), 0, 'run')
    t.match(await lab.ask('client', 'tcp', pod, 8080), { seen: source, at: b, port: 80 }, 'a rule is served')
    for (const [protocol, port] of [
      ['tcp', 443],
      ['udp', 443],
      ['udp', 80]
    ] as const) {
      t.same(await lab.ask('client', protocol, pod, port), { error: 'ECONNREFUSED' }, `${protocol} ${port} is in no rule: refused`)
    }
    for (const protocol of ['tcp', 'udp'] as const) {
      t.same(
        await lab.ask('client', protocol, pod, 8443),
        { error: 'ECONNREFUSED' },
        `a service of the pod is not reachable by ${protocol}`
      )
      t.match(await lab.ask('client', protocol, pod, 9000), { seen: client, at: pod }, `a local port is, by ${protocol}`)
    }
    t.equal((await lab.run('client', ['ping', '-c1', '-W3', pod])).code, 0, 'a ping is answered')
  })

  t.test(`${family}: a local port is stronger than the fallback`, async t => {
    const lab = await openLab(t)
    await lab.serve('router', [pod], [8443])
    const env = environment([family], { EGRESS_LOCAL_PORTS: '8443/tcp', EGRESS_CONFLICT_PROBE: 'off' })
    exits(t, await lab.router(env), 0, 'run')
    t.match(await lab.ask('client', 'tcp', pod, 8443), { seen: client, at: pod })
    t.match(await lab.ask('client', 'udp', pod, 8443), { seen: source, at: a }, 'the same number of the other protocol is not meant')
  })
}
