// What holds for every input, not only for those we thought of.
import fc from 'fast-check'
import t from 'tap'
import { specialUse } from '../../src/config/address.ts'
import { parseDestinations } from '../../src/config/destinations.ts'
import { formatRedirect } from '../../src/config/format.ts'
import type { ConfigValues } from '../../src/config/layer.ts'
import { parseConfig } from '../../src/config/load.ts'
import { settingKeys, settings } from '../../src/config/settings.ts'
import type { Redirect } from '../../src/config/shape.ts'
import { ConfigError } from '../../src/errors.ts'
import { parseAddress } from '../../src/ip/address.ts'
import { sound } from './refused.ts'

const address = fc
  .oneof(fc.ipV4(), fc.ipV6())
  .map(text => parseAddress(text) as string)
  .filter(text => specialUse(text) === undefined && !text.startsWith('::ffff:'))
const port = fc.integer({ min: 1, max: 65535 })
const target = fc.oneof(
  fc.record({ address, port }),
  fc.record({ name: fc.stringMatching(/^[a-z][a-z\d]{0,9}(\.[a-z]{2,5}){0,3}$/), port })
)
const redirects = fc.uniqueArray(fc.record({ protocol: fc.constantFrom('tcp', 'udp', 'sctp'), port, destination: target }), {
  selector: ({ protocol, port }) => `${protocol} ${port}`
}) as fc.Arbitrary<Redirect[]>
const fallbacks = fc.uniqueArray(
  address.map(address => ({ family: address.includes(':') ? ('ipv6' as const) : ('ipv4' as const), address })),
  { selector: ({ family }) => family }
)

t.test('destinations that are printed are read as the same', async t => {
  fc.assert(
    fc.property(redirects, fallbacks, (redirects, fallbacks) => {
      fc.pre(redirects.length + fallbacks.length > 0)
      const text = [...redirects.map(formatRedirect), ...fallbacks.map(({ address }) => address)].join('\n')
      t.same(parseDestinations(text, 'rules'), { redirects, fallbacks, issues: [] })
    })
  )
})

/** Texts that come near to what is right. */
const fragment = fc.constantFrom(
  '80',
  ' ',
  'tcp',
  '\n',
  '1.2.3.4',
  '::1',
  'fd00::1',
  '/',
  '24',
  ',',
  '#',
  '\\',
  '\r',
  '0',
  '-',
  'a.b',
  '0x10',
  'init',
  'off',
  '\t',
  '='
)
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fragment, { maxLength: 12 }).map(parts => parts.join(''))
)

t.test('whatever is given, it is read or refused with the origin of each problem', async () => {
  const variables = fc.dictionary(
    fc.oneof(fc.constantFrom(...settingKeys.map(key => settings[key].variable)), fc.stringMatching(/^EGRESS_[A-Z]{1,9}$/)),
    text
  )
  const value = fc.oneof(text, fc.boolean(), fc.double(), fc.array(text, { maxLength: 3 }))
  const values = fc.dictionary(fc.constantFrom(...settingKeys), value)
  fc.assert(
    fc.property(variables, values, values, fc.boolean(), (env, flags, rest, isSound) => {
      const origins = new Set([
        ...settingKeys.flatMap(key => [settings[key].variable, settings[key].flag]),
        'values',
        'EGRESS_HTTP_PROXY_DESTINATION',
        'EGRESS_DNS_PROXY_DESTINATION',
        'x'
      ])
      try {
        parseConfig({
          env: isSound ? { ...env, ...sound } : env,
          flags: flags as ConfigValues,
          values: rest as ConfigValues,
          readFile: () => '1 tcp x'
        })
        return true
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error
        const files = [env.EGRESS_DESTINATION_FILE, flags.destinationFile, rest.destinationFile].map(file => String(file).trim())
        const told = (source: string) => origins.has(source) || files.includes(source) || files.some(file => file.includes(source))
        return (
          error.issues.length > 0 && error.issues.every(({ source, message }) => told(source) && message !== '' && !/[\n\r]/.test(message))
        )
      }
    }),
    { numRuns: 1000 }
  )
})

t.test('a text of destinations is read or refused line by line', async () => {
  fc.assert(
    fc.property(text, text => {
      const { redirects, fallbacks, issues } = parseDestinations(text, 'rules')
      const lines = text.split('\n').length
      return (
        redirects.length + fallbacks.length + issues.length > 0 &&
        issues.every(({ source, line = 1 }) => source === 'rules' && line >= 1 && line <= lines)
      )
    }),
    { numRuns: 1000 }
  )
})
