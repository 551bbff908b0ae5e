// The same change in everybody's language: files that the peers of `install` and `change` read.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { compile, interestOf, openLinux } from '../src/index.ts'
import { formatCommand } from '../src/nftables/format.ts'
import type { Ruleset } from '../src/nftables/ruleset.ts'
import type { Command } from '../src/nftables/schema.ts'
import { configOf, type List, SOURCE } from './lists.ts'
import type { Namespace } from './place/namespace.ts'

/** A folder for files of one run. */
export interface Shelf extends Disposable {
  readonly folder: string
  write(name: string, text: string): string
  path(name: string): string
}

export function openShelf(): Shelf {
  const folder = mkdtempSync(`${tmpdir()}/egress-bench-`)
  const path = (name: string) => `${folder}/${name}`
  const remove = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  return {
    folder,
    path,
    write(name, text) {
      writeFileSync(path(name), text)
      return path(name)
    },
    [Symbol.dispose]() {
      process.removeListener('exit', remove)
      remove()
    }
  }
}

/** Our table for a list, as the product makes it in this namespace, and the table that is there now. */
export function rulesetFor(namespace: Namespace, list: List): { wanted: Ruleset; present: Ruleset | undefined } {
  using kernel = openLinux({ namespace: namespace.name })
  const config = configOf(list)
  const observed = kernel.observe(interestOf(config))
  return { wanted: compile(config, observed).ruleset as Ruleset, present: observed.ruleset }
}

/** Puts our table with this list into a namespace, in place of the one that is there. */
export function putTable(namespace: Namespace, list: List): void {
  const { wanted, present } = rulesetFor(namespace, list)
  using kernel = openLinux({ namespace: namespace.name })
  kernel.apply({ kind: 'ruleset', verb: present ? 'change' : 'add', resource: wanted, before: present })
}

/** The whole table replaced in one transaction, as a person would write it: what it had is emptied, and everything is said again. */
export function tableCommands({ table, sets, maps, chains, rules }: Ruleset): Command[] {
  const own = { family: 'inet', name: table } as const
  // what packets have counted stays
  const fixed = sets.filter(({ flags }) => !flags?.includes('dynamic'))
  return [
    { add: { table: own } },
    { flush: { table: own } },
    ...fixed.flatMap(({ elem: _, ...set }): Command[] => [{ add: { set } }, { flush: { set } }]),
    ...maps.flatMap(({ elem: _, ...map }): Command[] => [{ add: { map } }, { flush: { map } }]),
    ...chains.map((chain): Command => ({ add: { chain } })),
    ...rules.map((rule): Command => ({ add: { rule } })),
    ...elementCommands('add', { maps: [...(fixed as unknown as Ruleset['maps']), ...maps] })
  ]
}

/** The whole table where there was none; as text, since libnftables before 1.0.8 does not read sets that packets fill as JSON. */
export function freshText({ table, sets, maps, chains, rules }: Ruleset): string {
  return asText([
    { add: { table: { family: 'inet', name: table } } },
    ...sets.map(({ elem: _, ...set }): Command => ({ add: { set } })),
    ...maps.map(({ elem: _, ...map }): Command => ({ add: { map } })),
    ...chains.map((chain): Command => ({ add: { chain } })),
    ...rules.map((rule): Command => ({ add: { rule } })),
    ...elementCommands('add', { maps })
  ])
}

/** The elements of the maps replaced, and nothing else. */
export const mapCommands = (wanted: Ruleset): Command[] => [
  ...wanted.maps.map(({ family, table, name }) => ({ flush: { map: { family, table, name } } }) as Command),
  ...elementCommands('add', wanted)
]

/** Elements of the maps added or deleted; to delete one its key is enough. */
export const elementCommands = (verb: 'add' | 'delete', { maps }: Pick<Ruleset, 'maps'>): Command[] =>
  maps.flatMap(({ family, table, name, elem: list = [] }) => {
    const elem = [...list]
    if (elem.length === 0) return []
    const elements = verb === 'add' ? elem : elem.map(([key]) => key)
    return [{ [verb]: { element: { family, table, name, elem: elements } } } as unknown as Command]
  })

export const asJson = (commands: readonly Command[]): string => JSON.stringify({ nftables: commands })
export const asText = (commands: readonly Command[]): string => `${commands.map(formatCommand).join('\n')}\n`

/** PORT ADDRESS TARGETPORT a line. */
export const asLines = (list: List): string => list.map(({ port, address, targetPort }) => `${port} ${address} ${targetPort}\n`).join('')

const iptablesRule = ({ port, address, targetPort }: List[number]) =>
  `-A PREROUTING -i eth0 -p tcp -m tcp --dport ${port} -j DNAT --to-destination ${address}:${targetPort}`

/** For iptables-restore: the table `nat` as a whole, with the rule that gives packets the reserved source. */
export const asIptables = (list: List): string =>
  `*nat\n${list.map(iptablesRule).join('\n')}\n-A POSTROUTING -o macvlan0 -j SNAT --to-source ${SOURCE}\nCOMMIT\n`

/** Scripts of bench/peers/run.c: a program a line. */
export const script = (...programs: ReadonlyArray<{ argv: readonly string[]; input?: string; namespace?: string }>): string =>
  programs.map(({ argv, input = '-', namespace = '-' }) => `${[input, namespace, ...argv].join('\t')}\n`).join('')

/** iptables once for each rule. */
export const iptablesScript = (list: List): string =>
  script(
    { argv: ['iptables', '-t', 'nat', '-F', 'PREROUTING'] },
    ...list.map(entry => ({ argv: ['iptables', '-t', 'nat', ...iptablesRule(entry).split(' ')] }))
  )
