// A client, a pod with a router in one of several forms, and a server that answers at every target.

import { apply, compile, interestOf, openLinux, plan } from '../../src/index.ts'
import { asIptables, putTable } from '../artefacts.ts'
import { configOf, GATEWAY, type List, SOURCE } from '../lists.ts'
import { programPath } from '../obtain/obtain.ts'
import { openLan } from './lan.ts'
import { makeNamespace, type Namespace, POD } from './namespace.ts'
import { type Program, startProgram } from './program.ts'

export type Router = 'ours' | 'rules' | 'iptables'

export interface Journey {
  readonly pod: Namespace
  readonly cluster: Namespace
  readonly outside: Namespace
  readonly client: Program
  readonly server: Program
  /** What clients dial. */
  readonly address: string
  /** Puts this list into force in place of what was before. */
  route(list: List): void
  end(): Promise<void>
}

export async function openJourney(form: Router): Promise<Journey> {
  const lan = openLan()
  const cluster = makeNamespace('client')
  const pod = lan.pod(cluster)
  if (form === 'ours') setUp(pod)
  else setUpClassic(pod)
  const client = await startProgram(cluster, [programPath('load')])
  const server = await startProgram(lan.gateway, [programPath('load'), 'serve'])
  return {
    pod,
    cluster,
    outside: lan.gateway,
    client,
    server,
    address: POD,
    route: list => routes[form](pod, list),
    async end() {
      await Promise.all([client.end(), server.end()])
      cluster.remove()
      lan.remove()
    }
  }
}

/** The product's whole set-up, with no redirects yet. */
function setUp(pod: Namespace): void {
  using kernel = openLinux({ namespace: pod.name })
  const config = configOf([{ port: 65_000, address: GATEWAY, targetPort: 1 }])
  const observed = kernel.observe(interestOf(config))
  apply(plan(compile(config, observed), observed).operations, kernel)
}

/** As the classic script does: the pod's default route goes by the macvlan. */
function setUpClassic(pod: Namespace): void {
  pod.must(['sysctl', '-q', '-w', 'net.ipv4.ip_forward=1'])
  pod.ip(`addr add ${SOURCE}/24 dev macvlan0\nlink set macvlan0 up\nroute replace default via ${GATEWAY} dev macvlan0\n`)
}

const routes: Readonly<Record<Router, (pod: Namespace, list: List) => void>> = {
  ours: putTable,
  rules(pod, list) {
    const rules = list.map(
      ({ port, address, targetPort }) => `add rule ip plain redirects iifname eth0 tcp dport ${port} dnat to ${address}:${targetPort}`
    )
    pod.must(
      ['nft', '-f', '-'],
      `table ip plain
delete table ip plain
table ip plain {
  chain redirects { type nat hook prerouting priority -100; }
  chain source { type nat hook postrouting priority 100; oifname macvlan0 snat to ${SOURCE}; }
}
${rules.join('\n')}
`
    )
  },
  iptables: (pod, list) => void pod.must(['iptables-restore'], asIptables(list))
}
