// The product sets a pod's network up in its process. Started in the node's namespace with the file of the pod's.
//   plan     what `ip` would be told, a line each, and an empty line; nothing is done
//   go       link, alias, up, address, routes, rules
import { createInterface } from 'node:readline'
import { apply, compile, interestOf, openLinux, plan, printOperation } from '../../src/index.ts'
import { configOf, makeList } from '../lists.ts'

const kernel = openLinux({ namespace: process.argv[2] })
const config = configOf(makeList(1, 0), { EGRESS_PARENT: 'up0' })
const observed = kernel.observe(interestOf(config))
const network = plan(compile(config, observed, kernel.foreignNamespace), observed).operations.filter(
  ({ kind }) => kind === 'link' || kind === 'address' || kind === 'route' || kind === 'rule'
)

console.log('ready')
for await (const line of createInterface({ input: process.stdin })) {
  try {
    if (line === 'plan') {
      console.log(JSON.stringify(network.flatMap(operation => printOperation(operation).split(' && '))))
      continue
    }
    const start = process.hrtime.bigint()
    apply(network, kernel)
    console.log(String(process.hrtime.bigint() - start))
  } catch (error) {
    console.log(`error ${String((error as Error).message).replaceAll('\n', ' ')}`)
  }
}
kernel[Symbol.dispose]()
