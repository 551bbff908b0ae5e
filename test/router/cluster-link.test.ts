// A pod whose own link is not called eth0 keeps the default route that it has learnt from advertisements, although the router makes it forward.
import t from 'tap'
import { parseConfig } from '../../src/config/load.ts'
import { planRouter } from '../../src/router/set-up.ts'
import { LinuxStage } from '../kernel/stage.ts'

const values = { source: 'fd00:12::99/64', gateway: 'fd00:12::1', destination: '2001:db8:113::25' }

for (const [what, more] of Object.entries({ 'found by its default route': {}, named: { clusterInterface: 'ens3' } })) {
  t.test(what, async t => {
    using stage = new LinuxStage()
    stage.plug({ name: 'ens3', up: true })
    stage.plug({ name: 'macvlan0' })
    stage.in(['sh', '-e'], 'echo 1 >/proc/sys/net/ipv6/conf/ens3/accept_ra\nip -6 route add default via fe80::1 dev ens3 proto ra\n')
    const { operations } = planRouter(stage.kernel, parseConfig({ values: { ...values, ...more } }).config).plan
    const found = operations.filter(
      ({ kind, resource }) => kind === 'sysctl' && 'key' in resource && resource.key.endsWith('ens3/accept_ra')
    )
    t.match(found, [{ verb: 'change', resource: { value: '2' }, before: { value: '1' } }], 'accept_ra becomes 2')
  })
}
