// The examples of the first egress router: what operators write, and what must come of it.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { accepted, refused } from './refused.ts'

interface Case {
  readonly id: string
  readonly input: { readonly env: Readonly<Record<string, string>> }
  readonly expected:
    | { readonly ok: false; readonly error: string }
    | {
        readonly ok: true
        readonly interfaceAddress: string
        readonly gateway: string
        readonly inInterface: string
        readonly outInterface: string
        readonly rules: readonly { readonly protocol: string; readonly port: number; readonly destIP: string; readonly destPort: number }[]
        readonly fallback: string | null
      }
}

const cases: readonly Case[] = JSON.parse(readFileSync(new URL('../fixtures/cases.json', import.meta.url), 'utf8'))

for (const { id, input, expected } of cases) {
  t.test(id, async t => {
    if (!expected.ok) {
      const [issue, ...more] = refused(input.env)
      t.match(issue, expected.error, 'in the words people know')
      t.same(more, [])
      return
    }
    const config = accepted(input.env)
    t.same(
      config.sources.map(({ address, prefix }) => `${address}/${prefix}`),
      [expected.interfaceAddress]
    )
    t.same(
      config.sources.map(({ gateway }) => gateway),
      [expected.gateway]
    )
    t.same([config.clusterInterface, config.interface], [expected.inInterface, expected.outInterface])
    t.same(
      config.redirects,
      expected.rules.map(({ protocol, port, destIP, destPort }) => ({ protocol, port, destination: { address: destIP, port: destPort } }))
    )
    t.same(config.fallbacks, expected.fallback === null ? [] : [{ family: 'ipv4', address: expected.fallback }])
  })
}
