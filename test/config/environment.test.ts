import t from 'tap'
import { accepted, refused, warned } from './refused.ts'

t.test('an unknown name is likely a slip', async t => {
  t.match(warned({ EGRESS_GATEWY: '192.168.12.1' }), [/^EGRESS_GATEWY: unknown variable.*EGRESS_GATEWAY$/])
  t.match(warned({ EGRESS_DESTINATIONS: 'x', EGRESS_LOCAL_PORT: '8080' }), [/EGRESS_DESTINATION$/, /EGRESS_LOCAL_PORTS$/])
  t.match(warned({ EGRESS_PROXY: 'tcp://10.96.0.1:80' }), [/^EGRESS_PROXY: unknown variable/])
  t.same(warned({ PATH: '/bin', EGRESS: 'x', egress_source: 'x' }), [], 'only names of ours')
})

t.test('names that other parts read are known', async t => {
  t.same(warned({ EGRESS_TRACE: 'netlink', EGRESS_HTTP_PROXY_DESTINATION: '*', EGRESS_DNS_PROXY_DESTINATION: '80 a.b' }), [])
})

t.test('Kubernetes names the Services of a namespace in every pod', async t => {
  const service = {
    EGRESS_1_SERVICE_HOST: '10.96.0.1',
    EGRESS_1_SERVICE_PORT: '80',
    EGRESS_1_SERVICE_PORT_HTTP: '80',
    EGRESS_1_PORT: 'tcp://10.96.0.1:80',
    EGRESS_1_PORT_80_TCP: 'tcp://10.96.0.1:80',
    EGRESS_1_PORT_80_TCP_PROTO: 'tcp',
    EGRESS_1_PORT_80_TCP_PORT: '80',
    EGRESS_1_PORT_80_TCP_ADDR: '10.96.0.1',
    EGRESS_DNS_PORT_53_UDP: 'udp://10.96.0.1:53',
    EGRESS_PORT: 'sctp://10.96.0.1:80',
    EGRESS_SERVICE_HOST: '10.96.0.1'
  }
  t.same(warned(service), [])
})

t.test('a name of ours that Kubernetes took', async t => {
  t.match(refused({ EGRESS_INTERFACE: 'tcp://10.96.0.1:80' }), [
    /^EGRESS_INTERFACE: 'tcp:\/\/10\.96\.0\.1:80' is no setting: Kubernetes .*enableServiceLinks/
  ])
})

t.test('an empty variable gives nothing, and white space around a value is no part of it', async t => {
  t.match(accepted({ EGRESS_INTERFACE: '', EGRESS_MTU: ' 1400\n' }), { interface: 'macvlan0', mtu: 1400 })
})

t.test('an odd value stays on one line', async t => {
  const [issue = ''] = refused({ EGRESS_MTU: 'a\nb\u0007\u2028' })
  t.ok(issue.includes("'a\\nb\\u0007'"), issue)
  t.notMatch(issue, /\n/)
  t.ok((refused({ EGRESS_MTU: 'x'.repeat(5000) })[0] ?? '').length < 300, 'and within reason')
})
