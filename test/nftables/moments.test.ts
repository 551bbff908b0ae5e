// Between the transactions that lead from one table to another, too, a connection goes where one of the two tables says.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { EgressConfig } from '../../src/config/shape.ts'
import { protocolNumbers } from '../../src/egress/redirect.ts'
import { mapNames } from '../../src/egress/redirect-maps.ts'
import { compileRuleset } from '../../src/egress/ruleset.ts'
import { families } from '../../src/ip/family.ts'
import { runTransaction } from '../../src/kernel/fake/tables.ts'
import { keyOf } from '../../src/nftables/comparison.ts'
import { objectsOf, type Ruleset, sameRuleset } from '../../src/nftables/ruleset.ts'
import type { Statement } from '../../src/nftables/schema.ts'
import { inverse, transition } from '../../src/nftables/transition.ts'
import { configs } from '../reconcile/configs.ts'

const elements = (table: Ruleset, name: string) => {
  const object = objectsOf(table).find(entry => entry.name === name)
  return new Map([...(object?.elem ?? [])].map(element => [keyOf(element), Array.isArray(element) ? element[1] : true]))
}

/** Where connections go, by family, protocol and port, as the chain of redirects has it. */
function places(table: Ruleset, keys: ReadonlyArray<readonly [protocol: number, port: number]>): Map<string, string> {
  const rules = table.rules.filter(rule => rule.chain === 'redirects').flatMap(rule => rule.expr as Statement[])
  const local = elements(table, 'local_ports')
  const found = new Map<string, string>()
  for (const family of families) {
    const word = family === 'ipv4' ? 'ip' : 'ip6'
    const targets = rules.flatMap(rule => ('dnat' in rule && rule.dnat.family === word ? [rule.dnat] : []))
    const mapped = targets.some(({ addr }) => typeof addr === 'object')
    const fallback = targets.find(({ addr }) => typeof addr === 'string')?.addr
    const [addresses, ports] = [elements(table, mapNames(family).address), elements(table, mapNames(family).port)]
    for (const [protocol, port] of keys) {
      const key = keyOf({ concat: [protocol, port] })
      const listed = mapped && addresses.has(key) && ports.has(key)
      const caught = fallback !== undefined && protocol !== protocolNumbers.sctp
      const place = listed ? `${addresses.get(key)} ${ports.get(key)}` : caught ? `${fallback} ${port}` : 'refused'
      found.set(`${family} ${protocol} ${port}`, rules.length === 0 ? 'refused' : local.has(key) ? 'the pod' : place)
    }
  }
  return found
}

const keysOf = (...all: EgressConfig[]) =>
  all
    .flatMap(config => [...config.redirects, ...config.localPorts])
    .map(({ protocol, port }) => [protocolNumbers[protocol], port] as const)
    .concat([
      [6, 4711],
      [17, 4711]
    ])

const compiled = (config: EgressConfig) => compileRuleset(config, config.clusterInterface, [])
const nothing = (table: string): Ruleset => ({ table, sets: [], maps: [], chains: [], rules: [] })

t.test('at every moment', async () => {
  const property = fc.property(fc.option(configs, { nil: undefined }), configs, (from, to) => {
    const wanted = compiled(to)
    const observed = from && compiled(from)
    const world = { tables: new Map(observed ? [[observed.table, observed]] : []), told: [] }
    const keys = keysOf(...(from ? [from] : []), to)
    const now = () => world.tables.get(wanted.table) ?? nothing(wanted.table)
    const [before, after] = [places(observed ?? nothing(wanted.table), keys), places(wanted, keys)]
    const steps = transition(wanted, observed)
    for (const part of ['first', 'structure', 'last'] as const) {
      runTransaction(world, steps[part])
      for (const [key, place] of places(now(), keys))
        assert.ok(
          place === before.get(key) || place === after.get(key),
          `after ${part}: ${key} goes to ${place}, not ${before.get(key)} or ${after.get(key)}`
        )
    }
    assert.ok(sameRuleset(now(), wanted))
  })
  fc.assert(property, { numRuns: 2000 })
})

t.test('the first part is taken back as if nothing had been', async () => {
  const property = fc.property(fc.option(configs, { nil: undefined }), configs, (from, to) => {
    const observed = from && compiled(from)
    const steps = transition(compiled(to), observed)
    // where nothing but elements changes there is but one transaction
    fc.pre(steps.structure.length > 0)
    const world = { tables: new Map(observed ? [[observed.table, observed]] : []), told: [] }
    runTransaction(world, steps.first)
    runTransaction(world, inverse(steps))
    const [now] = world.tables.values()
    assert.ok(now && observed ? sameRuleset(now, observed) : now === observed)
  })
  fc.assert(property, { numRuns: 1000 })
})
