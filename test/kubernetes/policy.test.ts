import fc from 'fast-check'
import t from 'tap'
import { ConfigError, formatIssue } from '../../src/errors.ts'
import { readAnnotations, type Wish } from '../../src/kubernetes/annotations.ts'
import { type Applicant, authorize, defaultPolicy, RefusedError } from '../../src/kubernetes/policy.ts'
import { parsePolicy } from '../../src/kubernetes/policy-file.ts'

const pod: Applicant = { kubeNamespace: 'shop', namespaceLabels: { egress: 'trusted' }, privileged: false, hostNetwork: false }
const link: Wish = { parent: undefined }
const router = (source: string, gateway = '192.168.12.1', parent?: string): Wish => {
  const wish = readAnnotations({
    'egress-router.io/source': source,
    'egress-router.io/gateway': gateway,
    'egress-router.io/destination': gateway.includes(':') ? '2001:db8::1' : '203.0.113.25'
  })
  return { ...wish, parent }
}

/** Why not, or undefined. */
function verdict(text: string | undefined, applicant: Applicant, wish: Wish): string | undefined {
  try {
    authorize(text === undefined ? defaultPolicy : parsePolicy(text, 'policy.yaml'), applicant, wish)
    return undefined
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    return error.message
  }
}

t.test('without a policy: as the original, privileged pods and nobody else', async t => {
  t.equal(verdict(undefined, { ...pod, privileged: true }, link), undefined)
  t.equal(verdict(undefined, { ...pod, privileged: true }, router('192.168.12.99/24')), undefined)
  t.match(verdict(undefined, pod, link), /the pod is not privileged, and no rule of the policy is about namespace shop/)
  t.match(verdict(undefined, { ...pod, privileged: true, hostNetwork: true }, link), /hostNetwork/)
})

const rules = `
privilegedPods: false
rules:
  - namespaces: [shop]
    may: [router]
    sources: [192.168.12.96/28, 'fd00:12::/64']
    parents: [eth1]
  - namespaceSelector: { matchExpressions: [{ key: team, operator: In, values: [a, b] }] }
    may: [link]
`

t.test('rules by namespace', async t => {
  t.equal(verdict(rules, pod, router('192.168.12.99/24')), undefined)
  t.equal(verdict(rules, pod, router('fd00:12::99/64', 'fd00:12::1')), undefined)
  t.equal(verdict(rules, pod, router('192.168.12.99/24', '192.168.12.1', 'eth1')), undefined)
  t.match(
    verdict(rules, pod, router('192.168.12.112/24')),
    /does not grant this namespace 192\.168\.12\.112, only addresses out of 192\.168\.12\.96\/28, fd00:12::\/64/
  )
  t.match(verdict(rules, pod, router('192.168.12.99/24', '192.168.12.1', 'eth2')), /the parent 'eth2', only eth1/)
  t.match(verdict(rules, pod, link), /grants this namespace router, not a link/)
  t.match(verdict(rules, { ...pod, privileged: true }, link), /not a link/, 'privilege is no pass when the policy says so')
  t.match(verdict(rules, { ...pod, kubeNamespace: 'shop2' }, router('192.168.12.99/24')), /no rule .* about namespace shop2/)
  t.equal(verdict(rules, { ...pod, kubeNamespace: 'other', namespaceLabels: { team: 'b' } }, link), undefined)
  t.match(verdict(rules, { ...pod, kubeNamespace: 'other', namespaceLabels: { team: 'c' } }, link), /no rule/)
  t.match(
    verdict(rules, { ...pod, kubeNamespace: 'other', namespaceLabels: undefined }, link),
    /no rule/,
    'labels that are not known select nothing'
  )
})

t.test('a rule grants all of a wish, or it grants nothing', async t => {
  const two =
    'rules: [{ namespaces: [shop], may: [router], sources: [192.168.12.99] }, { namespaces: [shop], may: [router], sources: [fd00:12::99] }]'
  const dual = readAnnotations({
    'egress-router.io/source': '192.168.12.99/24,fd00:12::99/64',
    'egress-router.io/gateway': '192.168.12.1,fd00:12::1',
    'egress-router.io/destination': '203.0.113.25'
  }) as Wish
  t.match(verdict(two, pod, dual), /does not grant this namespace/)
})

t.test('mistakes in the file: every one, with its line', async t => {
  const told = (text: string): string[] => {
    try {
      parsePolicy(text, 'policy.yaml')
      return []
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      return error.issues.map(formatIssue)
    }
  }
  t.same(told(''), [])
  t.same(told(rules), [])
  const found = told(`privilegedPods: maybe
rules:
  - namespaces: [Shop]
    may: [router]
  - may: [links]
    sources: [192.168.12.99/28, 1.2.3.4/33, x]
  - namespaces: [a]
    namespaceSelector: {}
    may: [link]
    parents: [a/b]
unknown: 1
`)
  const wanted = [
    /^policy\.yaml line 1 \(privilegedPods\): .*boolean/,
    /^policy\.yaml line 3 \(rules\[0\]\.namespaces\[0\]\): 'Shop' is not the name of a namespace/,
    /^policy\.yaml line 5 \(rules\[1\]\.may\[0\]\): .*"link"/,
    /^policy\.yaml line 6 \(rules\[1\]\.sources\[0\]\): '192\.168\.12\.99\/28' is an address within a range/,
    /^policy\.yaml line 6 \(rules\[1\]\.sources\[1\]\): prefix length '33'/,
    /^policy\.yaml line 6 \(rules\[1\]\.sources\[2\]\): 'x' is not an address/,
    /^policy\.yaml line 8 \(rules\[2\]\.namespaceSelector\): an empty selector/,
    /^policy\.yaml line 10 \(rules\[2\]\.parents\[0\]\): 'a\/b' is not the name of a link/,
    /unknown/
  ]
  for (const want of wanted)
    t.ok(
      found.some(line => want.test(line)),
      `${want}\n${found.join('\n')}`
    )
  t.match(told('rules: [{ namespaces: [a], may: [router] }]')[0], /needs ranges/)
  t.match(told('rules: [{ may: [link] }]')[0], /either namespaces .* or a namespaceSelector/)
  t.equal(told('a: &a [1]\nb: [*a, *a]').length > 0, true, 'aliases are refused, not expanded')
  t.equal(told('rules: [').length > 0, true)
})

t.test('any text either is a policy or has problems that are told', async t => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), text => {
      try {
        parsePolicy(text, 'policy.yaml')
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error
      }
    }),
    { numRuns: 1000 }
  )
  t.pass()
})

t.test('no source outside of the ranges of a namespace ever passes', async t => {
  const address = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 254 })).map(([a, b]) => `192.168.${a}.${b}`)
  const bits = fc.integer({ min: 22, max: 32 })
  const number = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  fc.assert(
    fc.property(address, address, bits, (source, base, length) => {
      const size = 2 ** (32 - length)
      const first = Math.floor(number(base) / size) * size
      const network = [24, 16, 8, 0].map(shift => Math.floor(first / 2 ** shift) % 256).join('.')
      const inside = number(source) >= first && number(source) < first + size
      const wish: Wish = {
        parent: undefined,
        router: {
          values: { source, gateway: '', destination: '' },
          sources: [{ family: 'ipv4', address: source, prefix: 32, gateway: '192.168.0.1' }]
        }
      }
      const text = `rules: [{ namespaces: [shop], may: [router], sources: [${network}/${length}] }]`
      return (verdict(text, pod, wish) === undefined) === inside
    }),
    { numRuns: 1000 }
  )
  t.pass()
})
