// A source without a prefix, as most operators write it: no network of its own, the gateway is reached over the link all the same. So is a
// gateway of another network, and a link-local one.
import t from 'tap'
import { environment, ipv4, ipv6, values } from '../kit/documentation.ts'
import { openLab } from '../kit/laboratory.ts'
import { exits } from '../kit/outcome.ts'

const cases: Readonly<Record<string, { readonly EGRESS_SOURCE: string; readonly EGRESS_GATEWAY: string }>> = {
  'bare addresses': { EGRESS_SOURCE: `${ipv4.source},${ipv6.source}`, EGRESS_GATEWAY: `${ipv4.gateway},${ipv6.gateway}` },
  'gateways outside of the prefix': {
    EGRESS_SOURCE: `${ipv4.source}/29,${ipv6.source}/126`,
    EGRESS_GATEWAY: `${ipv4.gateway},${ipv6.gateway}`
  },
  'a link-local gateway': { EGRESS_SOURCE: `${ipv4.source},${ipv6.source}`, EGRESS_GATEWAY: `${ipv4.gateway},fe80::1` }
}

for (const [name, settings] of Object.entries(cases)) {
  t.test(name, async t => {
    const lab = await openLab(t)
    const env = environment(['ipv4', 'ipv6'], settings)
    exits(t, await lab.router(env), 0, 'run')
    for (const { pod, source, destinations } of Object.values(values)) {
      for (const protocol of ['tcp', 'udp'] as const)
        t.match(await lab.ask('client', protocol, pod, 443), { seen: source, at: destinations[0], port: 443 }, `${protocol} by ${pod}`)
    }
    exits(t, await lab.router(env, ['check']), 0, 'check')
    exits(t, await lab.router(env, ['clean']), 0, 'clean')
  })
}
