// A watch whose version the server does not know any more, 410, brought about as it is in life: the agent is cut off, the world goes on,
// and etcd is compacted or the server starts anew.
import { readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { V1Pod } from '@kubernetes/client-node'
import t, { type Test } from 'tap'
import { openApi } from '../../src/kubernetes/api.ts'
import { Backoff } from '../../src/kubernetes/backoff.ts'
import { follow } from '../../src/kubernetes/list-watch.ts'
import { silent } from '../../src/observe/log.ts'
import { eventually } from '../kit/eventually.ts'
import { compact, folder, killServer, kubeconfig, kubectlOf, pod, skip } from './control-plane.ts'

/** A way to the API server that can be cut: what is under way breaks, and what comes then waits until it is whole again. */
class Way {
  readonly #connections = new Set<Socket>()
  readonly #waiting: Socket[] = []
  readonly #server = createServer(here => {
    this.#connections.add(here)
    if (this.#isCut) this.#waiting.push(here)
    else this.#join(here)
  })
  #isCut = false

  /** Gives the port on the loopback. */
  async open(): Promise<number> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    return (this.#server.address() as AddressInfo).port
  }

  cut(): void {
    this.#isCut = true
    for (const connection of this.#connections) connection.destroy()
    this.#connections.clear()
  }

  mend(): void {
    this.#isCut = false
    for (const connection of this.#waiting.splice(0)) this.#join(connection)
  }

  close(): void {
    this.cut()
    this.#server.close()
  }

  #join(here: Socket): void {
    const there = connect(6443, '127.0.0.1')
    this.#connections.add(there)
    for (const [one, other] of [
      [here, there],
      [there, here]
    ] as const) {
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
      one.pipe(other)
    }
  }
}

/** Follows the pods of a node by a way that can be cut; everything that it is told, as text. */
async function followPods(t: Test, node: string) {
  const way = new Way()
  const stop = new AbortController()
  t.teardown(() => {
    stop.abort()
    way.close()
  })
  const port = await way.open()
  const file = join(folder, `${node}-cut.conf`)
  writeFileSync(file, readFileSync(kubeconfig, 'utf8').replace(/127\.0\.0\.1:6443/, `127.0.0.1:${port}`))
  const told: string[] = []
  const warned: string[] = []
  const lists = { count: 0 }
  const nameOf = ({ metadata }: V1Pod) => metadata?.name ?? ''
  const hearer = {
    changed: (object: V1Pod) => void told.push(`${nameOf(object)} ${object.metadata?.annotations?.turn ?? ''}`.trim()),
    gone: (object: V1Pod) => void told.push(`${nameOf(object)} gone`),
    synced: () => void lists.count++
  }
  const log = { ...silent, warn: (message: string) => void warned.push(message) }
  void follow(openApi(file).podsOf(node), hearer, { log, signal: stop.signal, backoff: new Backoff({ first: 50, longest: 300 }) })
  return { way, told, warned, lists }
}

t.test('nothing is lost and nothing is told twice', { skip }, async t => {
  const { processes, kubectl } = kubectlOf(t)
  const expiries = {
    'etcd is compacted, and watches go to it': { options: ['--watch-cache-sizes=pods#0'], expire: compact },
    'etcd is compacted, and the server starts anew with nothing in its watch cache': {
      options: [],
      async expire() {
        await compact()
        const start = await killServer(processes)
        await start()
      }
    }
  }
  for (const [index, [what, { options, expire }]] of Object.entries(expiries).entries()) {
    const start = await killServer(processes)
    await start(...options)
    const node = `expiring${index}`
    const names = Object.fromEntries(['stays', 'changes', 'goes', 'comes', 'flits', 'later'].map(name => [name, `${name}${index}`]))
    const create = (name: string) => kubectl(['create', '-f', '-'], pod(names[name] as string, node))
    const remove = (...which: string[]) =>
      kubectl(['delete', 'pod', ...which.map(name => names[name] as string), '--force', '--grace-period=0'])
    for (const name of ['stays', 'changes', 'goes']) await create(name)
    const { way, told, warned, lists } = await followPods(t, node)
    t.ok(await eventually(async () => told.length === 3 && lists.count === 1, 20), `${what}: followed by one list`)
    // what is heard over the watch makes its version the one to go on from
    await kubectl(['annotate', 'pod', names.changes as string, 'turn=1'])
    t.ok(await eventually(async () => told.length === 4, 20), 'and a watch')
    const before = told.length
    way.cut()
    await kubectl(['annotate', 'pod', names.changes as string, 'turn=2', '--overwrite'])
    await remove('goes')
    await create('comes')
    await create('flits')
    await remove('flits')
    await expire()
    way.mend()
    t.ok(await eventually(async () => lists.count === 2, 30), `a second list: ${warned.join(' | ')}`)
    t.ok(
      warned.some(message => /too old/.test(message)),
      `because of 410: ${warned.join(' | ')}`
    )
    await create('later')
    const wanted = [`${names.changes} 2`, `${names.goes} gone`, names.comes, names.later].toSorted()
    t.ok(await eventually(async () => told.length - before >= wanted.length, 20))
    t.same(told.slice(before).toSorted(), wanted, 'what changed meanwhile is told once, what stayed is not, and the watch goes on')
    t.equal(lists.count, 2, 'by that one list')
    await remove('stays', 'changes', 'comes', 'later')
  }
  const start = await killServer(processes)
  await start()
})
