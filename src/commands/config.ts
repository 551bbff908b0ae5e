import { formatLocalPort, formatMark, formatRedirect, formatSource } from '../config/format.ts'
import type { EgressConfig } from '../config/shape.ts'
import { type CommandOptions, readConfig } from './options.ts'

/** `egress-router config`: prints the configuration as it was understood, and touches nothing. */
export async function config(options: CommandOptions): Promise<number> {
  const found = await readConfig(options)
  options.stdout.write(await print(found, options.output))
  return 0
}

async function print(found: EgressConfig, output: string | undefined): Promise<string> {
  if (output === 'json') return `${JSON.stringify(found, undefined, 2)}\n`
  if (output === 'yaml') return (await import('./yaml.ts')).asYaml(found)
  return describe(found)
    .map(([name, value]) => `${name.padEnd(18)}${value}\n`)
    .join('')
}

function describe(found: EgressConfig): (readonly [string, string | number])[] {
  const { numbers } = found
  const optional = (name: string, value: string | number | undefined) => (value === undefined ? [] : [[name, value] as const])
  return [
    ['mode', found.mode],
    ['after', found.after],
    ...found.sources.map(source => ['source', formatSource(source)] as const),
    ...found.redirects.map(redirect => ['redirect', formatRedirect(redirect)] as const),
    ...found.fallbacks.map(({ address }) => ['fallback', address] as const),
    ...found.localPorts.map(port => ['local port', formatLocalPort(port)] as const),
    ...optional('destination file', found.destinationFile),
    ['interface', found.interface],
    ['cluster interface', found.clusterInterface],
    ...optional('parent', found.parent),
    ['macvlan mode', found.macvlanMode],
    ...optional('mtu', found.mtu),
    ['link timeout', `${found.linkTimeout} s`],
    ['conflict probe', found.conflictProbe],
    ['table', numbers.table],
    ['mark', formatMark(numbers)],
    ['priority', numbers.priority],
    ['protocol', numbers.protocol],
    ['log format', found.logFormat],
    ['debug', found.debug ? 'yes' : 'no']
  ]
}
