// A node-level process that looks after two routers in two network namespaces, from outside: it makes their macvlan links, sets them up,
// repairs them while it runs, and takes them down at the end. The pods themselves need no privilege at all.
//
//   node docs/embedding/two-routers.ts POD-NAMESPACE-1 POD-NAMESPACE-2 PARENT-LINK
//
// It needs NET_ADMIN, NET_RAW and, to enter the pods' namespaces, SYS_ADMIN.
import { createLink, createLog, formatError, openRouter, parseConfig, print } from 'egress-router'

const [first, second, parent] = process.argv.slice(2)
if (!first || !second || !parent) throw new Error('usage: two-routers.ts NAMESPACE NAMESPACE PARENT')

const pods = [
  { namespace: first, source: '192.168.12.99/24', destination: '203.0.113.25' },
  { namespace: second, source: '192.168.12.98/24', destination: '80 tcp 203.0.113.26\n8080 tcp 203.0.113.27 80' }
]

const log = createLog({ format: 'json', debug: false, stream: process.stderr })
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
process.once('SIGINT', () => stop.abort())

const routers = []
try {
  for (const { namespace, source, destination } of pods) {
    createLink({ namespace, parent, name: 'macvlan0', mode: 'bridge' })
    const { config } = parseConfig({ values: { source, destination, gateway: '192.168.12.1' } })
    const router = openRouter({ namespace, config, log })
    routers.push(router)
    process.stdout.write(`# what is done in ${namespace}\n${print(router.plan())}\n`)
    const { operations } = await router.setUp(stop.signal)
    log.info('ready', { namespace, operations: operations.length })
  }
  process.stdout.write('ready\n')
  await Promise.all(routers.map(router => router.watch(stop.signal)))
} catch (error) {
  if (!stop.signal.aborted) {
    process.exitCode = 1
    log.error(formatError(error))
  }
} finally {
  for (const router of routers) {
    router.tearDown()
    router[Symbol.dispose]()
  }
}
