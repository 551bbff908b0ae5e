import fc from 'fast-check'
import t from 'tap'
import { ConfigError } from '../../src/errors.ts'
import { annotations, readAnnotations } from '../../src/kubernetes/annotations.ts'

const { macvlan, source, gateway, destination, status } = annotations
const whole = { [source]: '192.168.12.99/24', [gateway]: '192.168.12.1', [destination]: '80 tcp 203.0.113.25\n203.0.113.27' }

function problems(given: Readonly<Record<string, string>>): string[] {
  try {
    readAnnotations(given)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.issues.map(({ source: name, line, message }) => `${name}${line === undefined ? '' : ` line ${line}`}: ${message}`)
  }
}

t.test('a link', async t => {
  t.equal(readAnnotations({}), undefined)
  t.equal(readAnnotations({ [macvlan]: 'false' }), undefined)
  t.equal(readAnnotations({ [status]: 'whatever' }), undefined)
  t.same(readAnnotations({ [macvlan]: 'true' }), { parent: undefined })
  t.same(readAnnotations({ [macvlan]: 'eth1' }), { parent: 'eth1' })
  t.same(readAnnotations({ [macvlan]: 'True' }), { parent: 'True' }, 'any other text is the name of a link')
})

t.test('a whole router', async t => {
  t.match(readAnnotations(whole), {
    parent: undefined,
    router: { sources: [{ address: '192.168.12.99', prefix: 24, gateway: '192.168.12.1' }] }
  })
  t.match(readAnnotations({ ...whole, [macvlan]: 'eth1' }), { parent: 'eth1' })
  const dual = {
    [source]: '192.168.12.99/24,fd00:12::99/64',
    [gateway]: '192.168.12.1,fd00:12::1',
    [destination]: '203.0.113.25\nfd00:113::25'
  }
  t.same(
    readAnnotations(dual)?.router?.sources.map(({ address }) => address),
    ['192.168.12.99', 'fd00:12::99']
  )
})

t.test('an annotation full of mistakes makes no megabytes of words', async t => {
  const found = problems({ ...whole, [destination]: 'x y z\n'.repeat(40_000) })
  t.equal(found.length, 21)
  t.match(found[20], /and 39980 more problems/)
  t.match(problems({ ...whole, [source]: '\u202e192.168.12.99' })[0], "'\\u202e192.168.12.99' is not an IP address", 'nothing is hidden')
})

t.test('problems are told under the name of the annotation, all at once', async t => {
  const found = problems({ [macvlan]: 'a/b', [source]: '192.168.12.300', [destination]: '80 tcp 203.0.113.25\n\n99999 udp 203.0.113.25' })
  const wanted = [
    `${macvlan}: neither 'true' nor the name of a link of the node: 'a/b' is not the name of a link: '/' cannot stand in it`,
    `${gateway}: is missing: a router needs source, gateway and destination`,
    /^egress-router\.io\/source: EGRESS_SOURCE unspecified or invalid: .*300 is above 255/,
    /^egress-router\.io\/destination line 3: .*99999/
  ]
  for (const want of wanted)
    t.ok(
      found.some(line => (typeof want === 'string' ? line === want : want.test(line))),
      `${want} in ${found.join('\n')}`
    )
  t.match(problems({ ...whole, [macvlan]: 'false' })[0], /'false' says that the pod gets no link/)
  t.match(problems({ ...whole, [destination]: '80 tcp www.example.com' })[0], /'www\.example\.com' is a host name/)
  for (const name of ['', '..', 'all', 'x'.repeat(16), 'eth0\n', '\u0000'])
    t.equal(problems({ [macvlan]: name }).length, 1, JSON.stringify(name))
})

const names = [macvlan, source, gateway, destination, status]
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom(
    'true',
    'false',
    'eth0',
    'lo',
    '192.168.12.99/24',
    '192.168.12.1',
    '80 tcp 203.0.113.25',
    '203.0.113.25',
    '::1',
    '\u0000',
    '__proto__'
  ),
  fc.string({ unit: fc.constantFrom('1', '.', ':', '/', ' ', '\n', 'tcp', 'a'), maxLength: 60 })
)

t.test('whatever is written there: an answer, or problems under the names of annotations', async t => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), text), given => {
      for (const line of problems(given)) {
        if (!names.some(name => line.startsWith(`${name}:`) || line.startsWith(`${name} line `))) throw new Error(line)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not get through
        if (/[\u0000-\u001f\u007f]/.test(line)) throw new Error(`a control character in ${JSON.stringify(line)}`)
        if (line.length > 2000) throw new Error(`${line.length} characters`)
      }
    }),
    { numRuns: 3000 }
  )
  t.pass()
})

t.test('two hundred thousand characters', async t => {
  const long = 'x'.repeat(200_000)
  for (const name of [macvlan, source, gateway, destination]) {
    const found = problems({ ...whole, [name]: long })
    t.ok(found.length > 0 && found.every(line => line.length < 2000), name)
  }
  t.ok(problems({ ...whole, [destination]: '80 tcp 1.2.3.4\n'.repeat(10_000) }).length > 0, 'ten thousand times the same port')
})
