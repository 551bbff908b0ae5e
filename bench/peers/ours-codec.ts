// The product's pure parts by themselves. Gives one JSON document for each question.
//   codec           a route's message, made and read
//   pure N          configuration, desired state and plan for N redirects
import { createInterface } from 'node:readline'
import { Bench } from 'tinybench'
import { compile, interestOf, openLinux, parseConfig, plan } from '../../src/index.ts'
import { decodeBody, encodeBody, encodeMessage, splitDatagram } from '../../src/netlink/message.ts'
import { RTM_NEWROUTE, routeFormat } from '../../src/rtnetlink/route.ts'
import { configOf, environmentOf, makeList } from '../lists.ts'
import { type Summary, summarize } from '../measure/summary.ts'

type Part = Summary & { operation: string; operations_per_second?: number; heap_bytes?: number }

const kernel = openLinux()

/** What one call leaves on the heap for the collector. */
function allocated(call: () => unknown, calls: number): number {
  for (let n = 0; n < 3; n++) call()
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  for (let n = 0; n < calls; n++) call()
  return Math.max(0, Math.round((process.memoryUsage().heapUsed - before) / calls))
}

async function measure(calls: Readonly<Record<string, () => unknown>>, repeat: number): Promise<Part[]> {
  const bench = new Bench({ time: 200, warmupTime: 100, retainSamples: true })
  for (const [name, call] of Object.entries(calls)) bench.add(name, call)
  await bench.run()
  return bench.tasks.map(task => {
    const { result } = task
    if (result.state !== 'completed' || !('latency' in result)) throw new Error(`${task.name}: ${result.state}`)
    const summary = summarize((result.latency.samples as number[]).map(milliseconds => milliseconds * 1e6))
    const each = allocated(calls[task.name] as () => unknown, repeat)
    return { operation: task.name, ...summary, operations_per_second: Math.round(1e6 / summary.mean_us), heap_bytes: each }
  })
}

function codec(): Promise<Part[]> {
  const header = { family: 2, destinationLength: 24, protocol: 101, scope: 253, type: 1 }
  const values = { destination: '192.168.12.0', outgoingLink: 4, preferredSource: '192.168.12.99', table: 4242 }
  const encode = () => {
    const body = encodeBody(routeFormat, header, values as never)
    return encodeMessage({ type: RTM_NEWROUTE, flags: 5, sequence: 1, body })
  }
  const datagram = encode()
  const decode = () => [...splitDatagram(datagram)].map(message => decodeBody(routeFormat, message.body))
  return measure({ 'encode-route': encode, 'decode-route': decode }, 1000)
}

function pure(n: number): Promise<Part[]> {
  const env = environmentOf(makeList(n, 0))
  const other = configOf(makeList(n, 1))
  const config = parseConfig({ env }).config
  const empty = kernel.observe(interestOf(config))
  const present = { ...empty, ruleset: compile(other, empty).ruleset as never }
  const desired = compile(config, present)
  // what has been compiled of a list is known
  const anew = () => ({ ...config, redirects: [...config.redirects] })
  return measure(
    { parse: () => parseConfig({ env }), compile: () => compile(anew(), present), plan: () => plan(desired, present) },
    n > 1000 ? 3 : 20
  )
}

console.log('ready')
for await (const line of createInterface({ input: process.stdin })) {
  const [verb, n] = line.split(' ')
  try {
    const parts = verb === 'codec' ? await codec() : await pure(Number(n))
    console.log(JSON.stringify(parts))
  } catch (error) {
    console.log(`error ${String((error as Error).stack).replaceAll('\n', ' ')}`)
  }
}
kernel[Symbol.dispose]()
