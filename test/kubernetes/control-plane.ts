// The API server and its etcd that test/cluster/control-plane.sh has brought up, in whose network namespace the tests run.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { eventually } from '../kit/eventually.ts'
import { Processes } from '../kit/process.ts'

export const folder = process.env.EGRESS_CONTROL_PLANE ?? ''
export const skip = folder ? false : 'no API server is here: sh test/cluster/control-plane.sh brings one up'
export const kubeconfig = join(folder, 'admin.conf')

export const pod = (name: string, node: string) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { nodeName: node, terminationGracePeriodSeconds: 0, containers: [{ name: 'x', image: 'x' }] }
  })

export function kubectlOf(t: { after(hook: () => unknown): void }) {
  const processes = new Processes()
  t.after(() => processes.endAll())
  return {
    processes,
    kubectl: (argv: string[], input = '') => processes.must(['kubectl', '--kubeconfig', kubeconfig, ...argv], { input, seconds: 30 })
  }
}

const isFree = (port: number) =>
  new Promise<boolean>(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, () => server.close(() => resolve(true)))
  })

/** The API server as it was started first. */
let server: readonly string[] | undefined

/** Kills the API server; gives what starts it again as it was, with other options behind its own, and waits until it answers. */
export async function killServer(processes: Processes): Promise<(...options: string[]) => Promise<void>> {
  const pid = Number(readFileSync(join(folder, 'kube-apiserver.pid'), 'utf8'))
  server ??= readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
  const argv = server
  process.kill(pid, 'SIGKILL')
  // its sockets outlive what /proc shows of it, and another one needs its port
  const port = Number(argv[argv.indexOf('--secure-port') + 1])
  if (!(await eventually(() => isFree(port), 20))) throw new Error(`port ${port} of the API server does not become free`)
  const script = 'cd "$1"; shift; "$@" >>kube-apiserver.log 2>&1 </dev/null & echo $! >kube-apiserver.pid'
  const answers = async () => (await processes.run(['kubectl', '--kubeconfig', kubeconfig, 'get', '--raw', '/readyz'])).code === 0
  return async (...options) => {
    await processes.must(['setsid', 'sh', '-c', script, '-', folder, ...argv, ...options])
    if (!(await eventually(answers, 30))) throw new Error('the API server does not come back')
  }
}

/** Has etcd forget every state but the present one, by its own interface (etcd 3.4, gRPC gateway). */
export async function compact(): Promise<void> {
  const ask = async (path: string, body: object) => {
    const answer = await fetch(`http://127.0.0.1:12379/v3/${path}`, { method: 'POST', body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`etcd: ${await answer.text()}`)
    return (await answer.json()) as { header: { revision: string } }
  }
  const { header } = await ask('maintenance/status', {})
  await ask('kv/compaction', { revision: header.revision, physical: true })
}
