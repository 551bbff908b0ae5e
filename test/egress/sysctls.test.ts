// Which sysctls a router wants, and what it remembers of those before.
import t from 'tap'
import { compileNothing } from '../../src/egress/compile.ts'
import { memoryRules, recall, remember } from '../../src/egress/memory.ts'
import { desiredSysctls, sysctlKeys } from '../../src/egress/sysctls.ts'
import { FakeKernel } from '../../src/kernel/fake.ts'
import type { ObservedState } from '../../src/state/state.ts'
import { address, foreign, route } from '../contract/steps.ts'
import { sample, source4, source6 } from './sample.ts'

const kernel = new FakeKernel()
kernel.plug({ name: 'eth0', up: true })
kernel.plug({ name: 'macvlan0' })
const observed: ObservedState = kernel.observe({ sysctls: sysctlKeys('macvlan0', 'eth0') })
const wanted = (rest: Parameters<typeof sample>[0] = {}, state: Partial<ObservedState> = {}) =>
  Object.fromEntries(desiredSysctls(sample(rest), 'eth0', { ...observed, ...state }).map(({ key, value }) => [key, value]))
const off = 'net/ipv6/conf/macvlan0/disable_ipv6'

t.test('by family', async t => {
  const four = wanted()
  t.match(four, { 'net/ipv4/ip_forward': '1', 'net/ipv4/conf/macvlan0/rp_filter': '2', [off]: '1' })
  t.notOk(
    Object.keys(four).some(key => key.startsWith('net/ipv6/') && key !== off),
    'IPv4 alone leaves IPv6 in peace'
  )
  const six = wanted({ sources: [source6] })
  t.match(six, { 'net/ipv6/conf/all/forwarding': '1', [off]: '0', 'net/ipv6/conf/macvlan0/accept_ra': '0' })
  t.notOk(
    Object.keys(six).some(key => key.startsWith('net/ipv4/')),
    'IPv6 alone leaves IPv4 in peace'
  )
  t.same(Object.keys(wanted({ sources: [source4, source6] })).sort(), [...new Set([...Object.keys(four), ...Object.keys(six)])].sort())
})

t.test('IPv6 that others use on the link stays on', async t => {
  const at = (text: string, rest = {}) => wanted({}, { addresses: [address(text, 'macvlan0', rest)] })[off]
  t.equal(at('fd00:77::5/64', foreign), undefined, 'an address of others')
  t.equal(at('fe80::1/64', foreign), '1', 'a link-local one is the kernel’s')
  t.equal(at('fd00:12::99/64'), '1', 'one of ours is about to go')
})

t.test('a kernel without them', async t => {
  const four = observed.sysctls.filter(({ key }) => key.startsWith('net/ipv4/'))
  t.notOk(
    Object.keys(wanted({}, { sysctls: four })).some(key => key.startsWith('net/ipv6/')),
    'no IPv6'
  )
  const noLink = {
    links: observed.links.filter(link => link.name !== 'macvlan0'),
    sysctls: observed.sysctls.filter(({ key }) => !key.includes('/macvlan0/'))
  }
  t.equal(wanted({}, noLink)['net/ipv4/conf/macvlan0/rp_filter'], '2', 'a link that is still to come will have them')
  t.equal(wanted({}, { sysctls: noLink.sysctls })['net/ipv4/conf/macvlan0/rp_filter'], undefined, 'one that is there does not get more')
})

t.test('router advertisements that the pod lives from go on', async t => {
  const key = 'net/ipv6/conf/eth0/accept_ra'
  const learnt = [route('default', { family: 'ipv6', link: 'eth0', table: 254, protocol: 9 })]
  const at = (value: string, routes = learnt) =>
    wanted({ sources: [source6] }, { routes, sysctls: observed.sysctls.map(entry => (entry.key === key ? { key, value } : entry)) })[key]
  t.equal(at('1'), '2')
  t.equal(at('2'), '2', 'in sync')
  t.equal(at('0'), undefined, 'not switched on for a pod that had it off')
  t.equal(at('1', []), undefined, 'no route was learnt')
  const order = Object.keys(wanted({ sources: [source6] }, { routes: learnt }))
  t.ok(order.indexOf(key) < order.indexOf('net/ipv6/conf/all/forwarding'), 'before forwarding, which would drop them')
})

t.test('memory', async t => {
  const desired = [
    { key: 'net/a', value: '1' },
    { key: 'net/b', value: '1' },
    { key: 'net/c', value: '1' }
  ]
  const before = [
    { key: 'net/a', value: '0' },
    { key: 'net/b', value: '1' }
  ]
  const first = remember(desired, { ...observed, sysctls: before })
  t.same(first, [{ key: 'net/a', value: '0' }], 'what is about to change, and exists')
  const table = { table: 'egress_router', sets: [], maps: [], chains: [], rules: memoryRules(first) }
  t.same(recall(table), first, 'read again')
  t.same(remember(desired, { ...observed, sysctls: desired, ruleset: table }), first, 'set by us, it is still known')
  t.same(remember([], { ...observed, sysctls: desired, ruleset: table }), first, 'no longer wanted, it is still known')
  const odd = [
    { key: 'net/ipv4/tcp_rmem', value: '4096\t131072\t6291456' },
    { key: 'net/x', value: 'a=b' }
  ]
  t.same(recall({ ...table, rules: memoryRules(odd) }), odd, 'blanks and signs')
  t.same(recall({ ...table, rules: memoryRules(first).map(rule => ({ ...rule, chain: 'other' })) }), [], 'comments elsewhere are no memory')
  t.same(recall(undefined), [])
})

t.test('nothing: all goes back, but not on a link that goes', async t => {
  const entries = [
    { key: 'net/ipv4/ip_forward', value: '0' },
    { key: 'net/ipv4/conf/macvlan0/rp_filter', value: '0' }
  ]
  const ruleset = { table: 'egress_router', sets: [], maps: [], chains: [], rules: memoryRules(entries) }
  t.same(compileNothing({ protocol: 101 }, { ...observed, ruleset }).sysctls, entries)
  const links = observed.links.map(link => (link.name === 'macvlan0' ? { ...link, alias: 'egress-router' } : link))
  t.same(compileNothing({ protocol: 101 }, { ...observed, links, ruleset }).sysctls, entries.slice(0, 1))
})
