// What is understood and not served yet is refused at once, before anything is waited for, and nothing is changed.
import t from 'tap'
import { environment } from '../kit/documentation.ts'
import { openLab } from '../kit/laboratory.ts'
import { refuses } from '../kit/outcome.ts'
import { snapshot } from '../kit/snapshot.ts'

const named = environment(['ipv4'], { EGRESS_DESTINATION: '80 tcp 203.0.113.25\n443 tcp www.example.com' })
const cases: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
  ['a host name', named, /www\.example\.com.* host name/],
  [
    'http-proxy',
    environment(['ipv4'], { EGRESS_ROUTER_MODE: 'http-proxy', EGRESS_HTTP_PROXY_DESTINATION: '*' }),
    /'http-proxy' is not available/
  ],
  [
    'dns-proxy',
    environment(['ipv4'], { EGRESS_ROUTER_MODE: 'dns-proxy', EGRESS_DNS_PROXY_DESTINATION: '80 203.0.113.25' }),
    /'dns-proxy' is not/
  ]
]

t.test('unavailable', async t => {
  // there is no link either: who waited for it would say so
  const lab = await openLab(t, { link: 'none', server: false })
  const before = await snapshot(lab)
  for (const [what, env, words] of cases) {
    for (const command of ['run', 'plan', 'check']) {
      const finished = await lab.router({ ...env, EGRESS_LINK_TIMEOUT: '1' }, [command])
      refuses(t, finished, 2, `${command}, ${what}`, words)
      t.equal(finished.stdout, '', 'nothing on stdout')
      t.notMatch(finished.stderr, /waiting/)
    }
  }
  t.same(await snapshot(lab), before, 'nothing has changed')
})
