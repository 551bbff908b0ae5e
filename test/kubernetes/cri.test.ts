// The runtime's side of the interface is played by a server of ours on a unix socket; test/cluster asks a real containerd.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadPackageDefinition, Server, ServerCredentials, type ServiceDefinition, status } from '@grpc/grpc-js'
import { fromJSON } from '@grpc/proto-loader'
import t from 'tap'
import { openRuntime } from '../../src/kubernetes/cri.ts'
import { criMessages } from '../../src/kubernetes/cri-messages.ts'
import { shareListing } from '../../src/kubernetes/shared-runtime.ts'

type Tap = Pick<typeof t, 'after' | 'equal'>

const info = (path?: string) =>
  JSON.stringify({ pid: 1, runtimeSpec: { linux: { namespaces: [{ type: 'pid' }, { type: 'network', ...(path && { path }) }] } } })

const sandboxes: { readonly [id: string]: { info: Record<string, string>; state?: string } } = {
  plain: { info: { info: info('/var/run/netns/cni-1') } },
  host: { info: { info: info() } },
  silent: { info: {} },
  over: { info: { info: info('/var/run/netns/cni-2') }, state: 'SANDBOX_NOTREADY' }
}

async function play(t: Tap, socket: string): Promise<{ listed: () => number; stop: () => Promise<void> }> {
  const definition = loadPackageDefinition(fromJSON(criMessages, { keepCase: true, longs: String, enums: String, defaults: true }))
  const { service } = (definition as unknown as { runtime: { v1: { RuntimeService: { service: ServiceDefinition } } } }).runtime.v1
    .RuntimeService
  let listed = 0
  const server = new Server()
  type Reply = (error: null | { code: number; details: string }, value?: unknown) => void
  server.addService(service, {
    Version: (_call: unknown, reply: Reply) => reply(null, { runtime_name: 'played', runtime_version: '1' }),
    ListPodSandbox: ({ request }: { request: { filter: { state: { state: string } } } }, reply: Reply) => {
      listed++
      t.equal(request.filter.state.state, 'SANDBOX_READY')
      const item = (id: string, uid: string, attempt: number, created_at: number) => ({
        id,
        metadata: { name: 'p', uid, namespace: 'n', attempt },
        state: 'SANDBOX_READY',
        created_at
      })
      setTimeout(() => reply(null, { items: [item('old', 'u', 0, 5), item('new', 'u', 1, 9), item('plain', 'v', 0, 7)] }), 20)
    },
    PodSandboxStatus: ({ request }: { request: { pod_sandbox_id: string; verbose: boolean } }, reply: Reply) => {
      const found = sandboxes[request.pod_sandbox_id]
      t.equal(request.verbose, true)
      if (!found) reply({ code: status.NOT_FOUND, details: 'not found' })
      else reply(null, { status: { id: request.pod_sandbox_id, state: found.state ?? 'SANDBOX_READY' }, info: found.info })
    }
  })
  await new Promise<void>((resolve, reject) =>
    server.bindAsync(`unix://${socket}`, ServerCredentials.createInsecure(), error => (error ? reject(error) : resolve()))
  )
  return {
    listed: () => listed,
    stop: async () => {
      server.forceShutdown()
      rmSync(socket, { force: true })
    }
  }
}

/** The path of a unix socket has room for 107 bytes. */
function socketFor(t: Tap): string {
  const folder = mkdtempSync(join(tmpdir(), 'egress-cri-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'runtime.sock')
}

t.test('where the network of a pod is', async t => {
  const socket = socketFor(t)
  const { stop } = await play(t, socket)
  t.after(stop)
  using runtime = openRuntime(socket)
  t.equal(await runtime.version(), 'played 1')
  t.same(
    (await runtime.sandboxes()).map(({ id, podUid }) => `${podUid} ${id}`).filter(line => line.startsWith('u')),
    ['u new', 'u old'],
    'the newest first'
  )
  t.equal(await runtime.namespaceOf('plain'), '/var/run/netns/cni-1')
  t.equal(await runtime.namespaceOf('host'), undefined, "the node's own network")
  t.equal(await runtime.namespaceOf('over'), undefined, 'one that ends')
  t.equal(await runtime.namespaceOf('nosuch'), undefined, 'one that is gone')
  await t.rejects(runtime.namespaceOf('silent'), { code: 'ECRI', message: /does not tell where the network of a pod is/ })
})

t.test('hundreds who ask at once are one question, or two', async t => {
  const socket = socketFor(t)
  const { listed, stop } = await play(t, socket)
  t.after(stop)
  using runtime = shareListing(openRuntime(socket))
  const answers = await Promise.all(Array.from({ length: 300 }, () => runtime.sandboxes()))
  t.ok(answers.every(answer => answer.length === 3))
  t.equal(listed(), 2)
  await runtime.sandboxes()
  t.equal(listed(), 3, 'a later one is asked anew')
})

t.test('a runtime that is away, and comes back on another socket of that name', async t => {
  const socket = socketFor(t)
  using runtime = openRuntime(socket)
  await t.rejects(runtime.sandboxes(), { code: 'ECRI', hint: `is the container runtime running, and ${socket} its socket?` })
  const first = await play(t, socket)
  let answer: unknown
  for (let i = 0; i < 100 && !answer; i++) {
    answer = await runtime.sandboxes().catch(() => undefined)
    if (!answer) await new Promise(resolve => setTimeout(resolve, 50))
  }
  t.ok(answer, 'found')
  await first.stop()
  await t.rejects(runtime.sandboxes(), { code: 'ECRI' })
})
