// Runs inside the router's namespace: what the agent does in its own process, against `ip -batch` and `nft -f` with the printed plan.
import { execFileSync } from 'node:child_process'
import type { Operation } from '../src/index.ts'
import { compile, interestOf, openLinux, parseConfig, plan, printOperation } from '../src/index.ts'
import { paired, type Row } from './paired.ts'

const environment = (redirects: number) => ({
  EGRESS_SOURCE: '192.168.12.99/24',
  EGRESS_GATEWAY: '192.168.12.1',
  EGRESS_PARENT: 'up0',
  EGRESS_CONFLICT_PROBE: 'off',
  EGRESS_DESTINATION: Array.from({ length: redirects }, (_, n) => `${n + 1} tcp 203.0.${n % 250}.25 ${n + 2}`).join('\n')
})

const kernel = openLinux()
const operationsFor = (redirects: number) => {
  const { config } = parseConfig({ env: environment(redirects) })
  const observed = kernel.observe(interestOf(config))
  return plan(compile(config, observed), observed).operations
}
const text = (operations: readonly Operation[], program: string) =>
  operations
    .flatMap(operation => printOperation(operation).split(/\n| && /))
    .filter(line => line.startsWith(`${program} `))
    .map(line =>
      line
        .slice(program.length + 1)
        .replace(/^-6 (\S+)/, '$1')
        .replace(/^'(.*)'$/, '$1')
    )
    .join('\n')

const perform = (operations: readonly Operation[]) => {
  for (const operation of operations) kernel.apply(operation)
}

const rows: Row[] = []

const network = operationsFor(1).filter(operation => operation.kind !== 'ruleset' && operation.kind !== 'sysctl')
const batch = text(network, 'ip')
const removeLink = () => {
  const link = kernel.links().find(entry => entry.name === 'macvlan0')
  if (link) kernel.apply({ kind: 'link', verb: 'delete', resource: link, before: link })
  const { rules, routes } = kernel.observe({ sysctls: [] })
  for (const resource of rules) if (resource.protocol === 101) kernel.apply({ kind: 'rule', verb: 'delete', resource })
  for (const resource of routes) if (resource.protocol === 101) kernel.apply({ kind: 'route', verb: 'delete', resource })
}
rows.push(
  ...(await paired(
    'link, address, rules, routes',
    60,
    [
      { name: 'ours', run: () => perform(network) },
      { name: 'ip -batch', run: () => void execFileSync('ip', ['-batch', '-'], { input: batch }) }
    ],
    removeLink
  ))
)
removeLink()

const dropTable = () => {
  const resource = kernel.ruleset()
  if (resource) kernel.apply({ kind: 'ruleset', verb: 'delete', resource, before: resource })
}
for (const [size, runs] of [
  [1, 60],
  [100, 60],
  [1000, 30],
  [10_000, 8]
] as const) {
  const install = operationsFor(size).filter(operation => operation.kind === 'ruleset')
  const commands = text(install, 'nft')
  rows.push(
    ...(await paired(
      `ruleset, ${size} redirects`,
      runs,
      [
        { name: 'ours', run: () => perform(install) },
        { name: 'nft -f', run: () => void execFileSync('nft', ['-f', '-'], { input: commands }) }
      ],
      dropTable
    ))
  )
  dropTable()
}
kernel[Symbol.dispose]()
console.log(JSON.stringify(rows))
