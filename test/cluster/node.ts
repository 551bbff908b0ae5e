// The machine of the cluster that run.sh has brought up, seen from outside: its programs, which can be killed, and what lies on it.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { openRuntime, type Runtime } from '../../src/kubernetes/cri.ts'
import { eventually } from '../kit/eventually.ts'
import { Processes } from '../kit/process.ts'

const { EGRESS_CLUSTER, EGRESS_CLUSTER_PREFIX = '' } = process.env

/** Why there is nothing to test, for tap's option `skip`. */
export const skip = EGRESS_CLUSTER ? false : 'no cluster is here: npm run test:cluster brings one up'

export interface Ended {
  after(hook: () => unknown): void
}

export class Node {
  readonly folder = EGRESS_CLUSTER ?? ''
  readonly processes = new Processes()
  readonly runtime: Runtime

  constructor(t: Ended) {
    this.runtime = openRuntime(join(this.folder, 'containerd.sock'))
    t.after(async () => {
      this.runtime[Symbol.dispose]()
      await this.processes.endAll()
    })
  }

  /** A command in the network of the node, or of another host of its LAN. */
  in(host: string, argv: readonly string[]): string[] {
    return ['nsenter', `--net=/run/netns/${EGRESS_CLUSTER_PREFIX}${host}`, ...argv]
  }

  /** Id of a program of the node that cluster.sh has started. */
  pidOf(program: string): number {
    return Number(readFileSync(join(this.folder, `${program}.pid`), 'utf8'))
  }

  /** Kills a program of the node; gives what starts it again exactly as it was. */
  async kill(program: string): Promise<() => Promise<void>> {
    const pid = this.pidOf(program)
    if (!readlinkSync(`/proc/${pid}/exe`).endsWith(`/${program}`)) throw new Error(`process ${pid} is not ${program}`)
    const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
    process.kill(pid, 'SIGKILL')
    await eventually(async () => !existsSync(`/proc/${pid}/exe`))
    return async () => {
      // as cluster.sh does, so that its `down` finds the program again
      const script = 'cd "$1"; name=$2; shift 2; "$@" >>"$name.log" 2>&1 </dev/null & echo $! >"$name.pid"'
      const { code } = await this.processes.run(['setsid', 'sh', '-c', script, '-', this.folder, program, ...this.in('node', argv)])
      if (code !== 0) throw new Error(`${program} cannot be started`)
    }
  }

  /** Paths of the network namespaces of all pods. */
  async podNamespaces(): Promise<string[]> {
    const paths = (await this.runtime.sandboxes()).map(({ id }) => this.runtime.namespaceOf(id))
    return (await Promise.all(paths)).filter(path => path !== undefined)
  }

  /**
   * What a reboot does to a node, but for its kernel: kubelet, containerd and every container end at once, and with them their mounts, the
   * pods' namespaces and what lay in /run. What was on disk stays. Gives what starts the two programs again.
   */
  async powerCut(): Promise<() => Promise<void>> {
    const namespaces = await this.podNamespaces()
    const startKubelet = await this.kill('kubelet')
    const startContainerd = await this.kill('containerd')
    const of = async (pattern: string) =>
      (await this.processes.run(['pgrep', '-f', pattern])).stdout.split('\n').filter(Boolean).map(Number)
    for (const shim of await of(`containerd-shim.*-address ${join(this.folder, 'containerd.sock')}`)) {
      for (const pid of [shim, ...childrenOf(shim)]) killNow(pid)
    }
    const state = join(this.folder, 'ctrd')
    await eventually(async () => {
      const mounts = readFileSync('/proc/mounts', 'utf8')
        .split('\n')
        .map(line => line.split(' ')[1] ?? '')
      const mine = mounts.filter(path => path.startsWith(`${state}/`)).toReversed()
      for (const path of mine) spawnSync('umount', ['-l', path])
      return mine.length === 0
    })
    rmSync(state, { recursive: true, force: true })
    rmSync(join(this.folder, 'run-egress-router'), { recursive: true, force: true })
    for (const path of namespaces) {
      spawnSync('umount', [path])
      rmSync(path, { force: true })
    }
    return async () => {
      await startContainerd()
      await startKubelet()
    }
  }

  /** Process id of the agent's own process on this machine. */
  async agentPid(): Promise<number | undefined> {
    const { stdout } = await this.processes.run(['pgrep', '-x', 'egress-router'])
    const pids = stdout.split('\n').filter(Boolean).map(Number)
    return pids.find(pid => inNamespace(pid, `${EGRESS_CLUSTER_PREFIX}node`))
  }

  /** Every macvlan link below the node's LAN port, in whichever namespace: what a router that is gone would leave. */
  async macvlans(): Promise<string[]> {
    const namespaces = readdirSync('/run/netns').filter(name => name.startsWith('cni-'))
    const found: string[] = []
    for (const name of namespaces) {
      const { stdout } = await this.processes.run(['ip', '-n', name, '-o', 'link', 'show', 'type', 'macvlan'])
      for (const line of stdout.split('\n').filter(Boolean)) found.push(`${name} ${line.split(': ')[1]}`)
    }
    return found
  }

  /** Records that the agent keeps. */
  records(): string[] {
    const folder = join(this.folder, 'run-egress-router/attachments')
    return existsSync(folder) ? readdirSync(folder) : []
  }
}

function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
  return stdout
    .split('\n')
    .filter(Boolean)
    .map(Number)
    .flatMap(child => [child, ...childrenOf(child)])
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {} // it has ended with its parent
}

/** Whether a process is in a named network namespace. */
function inNamespace(pid: number, name: string): boolean {
  const inode = (path: string) => spawnSync('stat', ['-Lc', '%i', path], { encoding: 'utf8' }).stdout.trim()
  return inode(`/proc/${pid}/ns/net`) === inode(`/run/netns/${name}`)
}
