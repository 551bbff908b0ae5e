// The product's own turn: replaces and changes redirects in its process, in the namespace in which it was started.
//   ours.ts netlink|json
//   load SLOT FILE          a list: PORT ADDRESS TARGETPORT a line
//   prepare SLOT SLOT       puts the table of the first list, then of the second, and keeps the operations between the two
//   go SLOT                 applies the operation that leads to the list
//   single SLOT SLOT SLOT   with the first list in force: keeps the operations that add the second, lead it to the third, delete that
//   add, change, delete     applies them
//   repeat ROUNDS LINE;LINE;…
//   commands SLOT FILE      libnftables JSON of a whole transaction, for a ruleset that is not ours; `go` then runs it
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { compile, type EgressConfig, interestOf, type LinuxOptions, type Operation, openLinux, plan } from '../../src/index.ts'
import { NftablesClient } from '../../src/nftables/client.ts'
import type { Command } from '../../src/nftables/schema.ts'
import { configOf, type List } from '../lists.ts'
import { median } from '../measure/summary.ts'
import { singleOperations } from './ours-single.ts'

/** How elements of maps are written: by the product's own codec, or by libnftables' JSON like everything else. */
const kernel = openLinux({ elements: process.argv[2] } as LinuxOptions)
const slots: List[] = []
const transactions: (readonly Command[])[] = []
const operations = new Map<string, Operation>()
let client: NftablesClient | undefined

const read = (path: string): List =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(text => {
      const [port, address, targetPort] = text.split(' ') as [string, string, string]
      return { port: Number(port), address, targetPort: Number(targetPort) }
    })

/** What changes the table that is there into that of a configuration. */
function towards(config: EgressConfig): Operation | undefined {
  const observed = kernel.observe(interestOf(config))
  return plan(compile(config, observed), observed).operations.find(operation => operation.kind === 'ruleset')
}

/** Goes there, and gives what did it. */
function goTo(config: EgressConfig): Operation {
  const operation = towards(config)
  if (!operation) throw new Error('there is nothing to change')
  kernel.apply(operation)
  return operation
}

function prepare(first: EgressConfig, second: EgressConfig, names: readonly [string, string]): void {
  const there = towards(first)
  if (there) kernel.apply(there)
  operations.set(names[1], goTo(second))
  operations.set(names[0], goTo(first))
  goTo(second)
}

function single(present: EgressConfig, first: EgressConfig, second: EgressConfig): void {
  const byTable = (lists: EgressConfig['redirects'][]) =>
    lists.map(list => goTo({ ...present, redirects: [...present.redirects, ...list] }))
  for (const [verb, operation] of Object.entries(singleOperations(first, second, byTable))) operations.set(verb, operation)
}

function perform(verb: string, words: readonly string[]): void {
  const config = (place: number) => configOf(slots[Number(words[place])] as List)
  switch (verb) {
    case 'load':
      slots[Number(words[0])] = read(words[1] as string)
      return
    case 'prepare':
      return prepare(config(0), config(1), words as [string, string])
    case 'single':
      return single(config(0), config(1), config(2))
    case 'commands':
      client ??= new NftablesClient()
      transactions[Number(words[0])] = JSON.parse(readFileSync(words[1] as string, 'utf8')).nftables
      return
    case 'go':
      if (client) return client.run(transactions[Number(words[0])] as readonly Command[])
      return kernel.apply(operations.get(words[0] as string) as Operation)
    default:
      return kernel.apply(operations.get(verb) as Operation)
  }
}

function timeOf(line: string): number {
  const [verb = '', ...words] = line.split(' ')
  const start = process.hrtime.bigint()
  perform(verb, words)
  return Number(process.hrtime.bigint() - start)
}

/** Median and first of each line. */
function repeat(rounds: number, lines: readonly string[]): number[] {
  const times = lines.map((): number[] => [])
  for (let round = 0; round < rounds; round++) for (const [i, line] of lines.entries()) times[i]?.push(timeOf(line))
  return times.flatMap(spent => [median(spent), spent[0] as number])
}

console.log('ready')
for await (const line of createInterface({ input: process.stdin })) {
  const [, rounds, lines] = /^repeat (\d+) (.*)$/.exec(line) ?? []
  try {
    console.log(lines === undefined ? String(timeOf(line)) : repeat(Number(rounds), lines.split(';')).join(' '))
  } catch (error) {
    console.log(`error ${String((error as Error).message).replaceAll('\n', ' ')}`)
  }
}
kernel[Symbol.dispose]()
