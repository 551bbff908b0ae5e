// The product's own turn: replaces and changes redirects in its process, in the namespace in which it was started.
//   ours.ts netlink|json
//   load SLOT FILE       a list: PORT ADDRESS TARGETPORT a line
//   prepare SLOT SLOT    puts the table of the first list, then of the second, and keeps the operations between the two
//   go SLOT              applies the operation that leads to the list
//   converge SLOT        the whole way: parse, compile, observe, plan, apply
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { compile, interestOf, type Operation, openLinux, plan } from '../../src/index.ts'
import { configOf, type List } from '../lists.ts'
import { openElements } from './ours-elements.ts'

const kernel = openLinux(openElements(process.argv[2]))
const slots: List[] = []
const operations: (Operation | undefined)[] = []

const read = (path: string): List =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(text => {
      const [port, address, targetPort] = text.split(' ') as [string, string, string]
      return { port: Number(port), address, targetPort: Number(targetPort) }
    })

function towards(list: List): Operation | undefined {
  const config = configOf(list)
  const observed = kernel.observe(interestOf(config))
  return plan(compile(config, observed), observed).operations.find(operation => operation.kind === 'ruleset')
}

function converge(slot: number): void {
  const operation = towards(slots[slot] as List)
  if (operation) kernel.apply(operation)
}

function perform(verb: string, words: readonly string[]): void {
  const slot = Number(words[0])
  switch (verb) {
    case 'load':
      slots[slot] = read(words[1] as string)
      return
    case 'prepare': {
      const other = Number(words[1])
      converge(slot)
      operations[other] = towards(slots[other] as List)
      converge(other)
      operations[slot] = towards(slots[slot] as List)
      return
    }
    case 'go':
      return kernel.apply(operations[slot] as Operation)
    case 'converge':
      return converge(slot)
    default:
      throw new Error(`what is '${verb}'?`)
  }
}

console.log('ready')
for await (const line of createInterface({ input: process.stdin })) {
  const [verb = '', ...words] = line.split(' ')
  try {
    const start = process.hrtime.bigint()
    perform(verb, words)
    console.log(String(process.hrtime.bigint() - start))
  } catch (error) {
    console.log(`error ${String((error as Error).message).replaceAll('\n', ' ')}`)
  }
}
kernel[Symbol.dispose]()
