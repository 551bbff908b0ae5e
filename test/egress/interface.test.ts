// Which link is the cluster's.
import t from 'tap'
import { clusterLink } from '../../src/egress/interface.ts'
import type { ObservedState } from '../../src/state/state.ts'
import { byGateway, lastRoute } from '../contract/steps.ts'
import { sample } from './sample.ts'

const state = (names: readonly string[], routes: ObservedState['routes'] = []): ObservedState => ({
  links: names.map((name, n) => ({ name, index: n + 1, up: true, mtu: 1500, carrier: true, operationalState: 'up' })),
  addresses: [],
  routes,
  rules: [],
  sysctls: []
})
const main = (gateway: string, link: string, metric = 0) => byGateway(gateway, { link, table: 254, metric })
const chosen = (observed: ObservedState, rest = {}) => clusterLink(sample(rest), observed).name

t.test('the link that is named', async t => {
  t.equal(chosen(state(['lo', 'eth0', 'ens3'])), 'eth0', 'eth0 when nobody named one')
  t.equal(chosen(state(['lo', 'eth0', 'ens3'], [main('10.0.0.1', 'ens3')])), 'eth0', 'eth0 before the default route')
  t.equal(chosen(state(['eth0', 'ens3']), { clusterInterface: 'ens3', clusterInterfaceGiven: true }), 'ens3')
})

t.test('without eth0 the link of the default route', async t => {
  const names = ['lo', 'ens3', 'ens4', 'macvlan0']
  t.equal(chosen(state(names, [main('10.0.0.1', 'ens3')])), 'ens3')
  t.equal(chosen(state(names, [main('10.0.0.1', 'ens3', 200), main('10.1.0.1', 'ens4', 100)])), 'ens4', 'the lowest metric')
  t.equal(chosen(state(names, [main('fd00::1', 'ens3', 1), main('10.1.0.1', 'ens4', 100)])), 'ens4', 'IPv4 before IPv6')
  t.equal(chosen(state(names, [main('fd00::1', 'ens3', 1024)])), 'ens3', 'IPv6 alone')
  t.equal(chosen(state(names, [main('192.168.12.1', 'macvlan0'), main('10.0.0.1', 'ens3', 9)])), 'ens3', 'never the egress link')
  const elsewhere = [byGateway('10.1.0.1', { link: 'ens4', table: 99 }), { ...lastRoute('ipv4'), table: 254 }]
  t.equal(chosen(state(names, [...elsewhere, main('10.0.0.1', 'ens3')])), 'ens3', 'table main, and a route that leads somewhere')
})

t.test('none', async t => {
  t.throws(() => chosen(state(['lo'])), { code: 'ELINK', hint: /no link beside the loopback/ })
  t.throws(() => chosen(state(['lo', 'ens3', 'macvlan0'])), { code: 'ELINK', hint: /links here: ens3; EGRESS_CLUSTER_INTERFACE/ })
  const given = { clusterInterface: 'eth7', clusterInterfaceGiven: true }
  t.throws(() => chosen(state(['lo', 'eth0'], [main('10.0.0.1', 'eth0')]), given), { code: 'ELINK' }, 'a name that was given is meant')
  t.throws(() => chosen(state(['macvlan0']), { clusterInterface: 'macvlan0' }), { code: 'ELINK' }, 'one link cannot be both')
})
