// `npm run demo`: a cluster, a LAN and an external server in network namespaces, with the values of the documentation; a router run as its
// container would run it; and what everybody saw. Ends with 1 when anything differs from what is said.
import { environment, ipv4, ipv6 } from '../../test/kit/documentation.ts'
import { Lab } from '../../test/kit/laboratory.ts'
import { wrongSources } from '../../test/kit/right-source.ts'
import { snapshot } from '../../test/kit/snapshot.ts'
import { start } from './arrival.ts'
import { askAll, showPlan, showRouter } from './chapters.ts'
import { cleanUp, stop, takeDown } from './ending.ts'
import { knockFromLan } from './intruder.ts'
import { fact, heading, tell, verdict } from './story.ts'

if (process.getuid?.() !== 0) {
  console.error('demo: needs root, to make network namespaces of its own')
  process.exit(1)
}

const lab = new Lab()
// also on Ctrl-C: the laboratory turns signals into an exit
process.once('exit', () => lab.downNow())

try {
  await tellAll()
} catch (error) {
  fact('the demo comes to its end', false, (error as Error).message)
}
await takeDown(lab)
process.exit(verdict())

async function tellAll(): Promise<void> {
  heading('The place')
  tell(`client pod ${ipv4.client} ── node ── LAN ── gateway ${ipv4.gateway} ── server ${ipv4.destinations[0]}
router pod ${ipv4.pod} ──┘      └── macvlan0 with the reserved address ${ipv4.source}
and the same with IPv6: ${ipv6.source}, gateway ${ipv6.gateway}, server ${ipv6.destinations[0]}`)
  await lab.up({})
  const before = await snapshot(lab)
  const env = environment(['ipv4', 'ipv6'], { EGRESS_ROUTER_MODE: 'legacy' })
  await showPlan(lab, env, before)
  const mac = await lab.mac('router', 'macvlan0')
  const capture = await lab.capture('p-node')
  const router = await start(lab, env, capture, mac)
  await askAll(lab)
  await knockFromLan(lab, capture, mac)
  await showRouter(lab, env)
  await stop(lab, router)
  await cleanUp(lab, env, before)

  heading('All along')
  const frames = await capture.finish()
  const sent = frames.filter(frame => frame.from === mac)
  const wrong = wrongSources(frames, mac)
  fact(`of ${sent.length} frames that the router sent to the LAN none had another source`, sent.length > 0 && wrong.length === 0, wrong)
}
