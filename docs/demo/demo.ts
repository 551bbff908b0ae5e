// `npm run demo`: a cluster, a LAN and an external server in network namespaces, with the values of the documentation; a router run as its
// container would run it; and what everybody saw. Ends with 1 when anything differs from what is said.
import { environment, ipv4, ipv6 } from '../../test/kit/documentation.ts'
import { Lab } from '../../test/kit/laboratory.ts'
import { askAll, cleanUp, knockFromLan, showPlan, showRouter, stateOf } from './chapters.ts'
import { fact, heading, quote, tell, verdict } from './story.ts'

const lab = new Lab()
process.once('exit', () => lab.downNow())

heading('The place')
tell(`client pod ${ipv4.client} ── node ── LAN ── gateway ${ipv4.gateway} ── server ${ipv4.destinations[0]}
router pod ${ipv4.pod} ──┘      └── macvlan0 with the reserved address ${ipv4.source}
and the same with IPv6: ${ipv6.source}, gateway ${ipv6.gateway}, server ${ipv6.destinations[0]}`)
await lab.up({})
await lab.serve('neighbor', [ipv4.neighbor, ipv6.neighbor], [8080])
const before = await stateOf(lab)
const env = environment(['ipv4', 'ipv6'], { EGRESS_ROUTER_MODE: 'legacy' })

await showPlan(lab, env)

heading('The router starts: egress-router run')
quote(
  Object.entries(env)
    .map(([name, value]) => `${name}=${value.replaceAll('\n', ' ⏎ ')}`)
    .join('\n')
)
const mac = await lab.mac('router', 'macvlan0')
const capture = await lab.capture('p-node')
const router = lab.startRouter(env)
await router.shows(/"msg":"ready"/, 30)
const ready = /.*"msg":"ready".*/.exec(router.output())?.[0] ?? ''
quote(ready)
const claims = (operation: number) =>
  capture.sees(frame => frame.from === mac && frame.kind === 'arp' && frame.operation === operation && frame.source === ipv4.source, 5)
fact(`the LAN heard "${ipv4.source} is at ${mac}" as ARP request and reply`, (await claims(1)) && (await claims(2)))
fact(
  `and the same of ${ipv6.source} as neighbour advertisement`,
  await capture.sees(frame => frame.from === mac && frame.icmp === 136 && frame.source === ipv6.source, 5)
)

await askAll(lab)
await knockFromLan(lab)
await showRouter(lab)

heading('The end')
const { code } = await router.end('SIGTERM')
fact('SIGTERM: the router ended at once, with exit code 0', code === 0, code)
await cleanUp(lab, env, before)
const strangers = (await capture.finish()).filter(
  frame => frame.from === mac && !['0.0.0.0', '::', ipv4.source, ipv6.source].includes(frame.source)
)
fact(
  'from first to last no frame of the router had another source on the LAN',
  strangers.length === 0,
  strangers.map(frame => frame.source)
)
await lab.down()
process.exit(verdict())
