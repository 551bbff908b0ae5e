// A namespace to try kernels in: Linux' own, with links whose other ends lie in a second namespace, or one in memory.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { freshSysctls } from '../../src/kernel/fake/sysctls.ts'
import { FakeKernel } from '../../src/kernel/fake.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { type LinuxOptions, openLinux } from '../../src/kernel/linux.ts'

export interface Plug {
  readonly name: string
  readonly mtu?: number
  readonly up?: boolean
  /** Makes it a port of a bridge, which takes all its packets. */
  readonly port?: boolean
}

export interface Stage extends Disposable {
  readonly kind: 'fake' | 'linux'
  readonly kernel: Kernel
  plug(plug: Plug): void
  unplug(name: string): void
}

export class FakeStage implements Stage {
  readonly kind = 'fake'
  readonly kernel = new FakeKernel()

  plug({ port, ...link }: Plug): void {
    this.kernel.plug({ ...link, ...(port ? { masterIndex: 99 } : {}) })
  }

  unplug(name: string): void {
    this.kernel.unplug(name)
  }

  [Symbol.dispose](): void {
    this.kernel[Symbol.dispose]()
  }
}

let count = 0
const open = new Set<LinuxStage>()

export class LinuxStage implements Stage {
  readonly kind = 'linux'
  readonly name = `ek${process.pid}n${++count}`
  readonly kernel

  constructor(elements?: LinuxOptions['elements']) {
    open.add(this)
    run(['ip', '-batch', '-'], `netns add ${this.name}\nnetns add ${this.name}w`)
    // addresses are usable at once, and what the machine's own namespace has does not shine through
    const sysctls = [...freshSysctls(), ['net/ipv6/conf/default/accept_dad', '0'], ['net/ipv6/conf/all/accept_dad', '0']]
    this.in(['sh', '-e'], sysctls.map(([key, value]) => `echo ${value} >/proc/sys/${key}\n`).join(''))
    this.kernel = openLinux({ namespace: this.name, parentNamespace: this.name, elements })
  }

  /** Runs a program in the namespace; what must succeed, and its stdout. */
  in(argv: readonly string[], input = ''): string {
    return run(['nsenter', `--net=/run/netns/${this.name}`, '--', ...argv], input)
  }

  plug({ name, mtu, up, port }: Plug): void {
    const size = mtu === undefined ? '' : ` mtu ${mtu}`
    run(['ip', '-n', this.name, 'link', 'add', ...`${name}${size} type veth peer name ${name}${size} netns ${this.name}w`.split(' ')])
    run(['ip', '-n', `${this.name}w`, 'link', 'set', name, 'up'])
    if (port) run(['ip', '-n', this.name, '-batch', '-'], `link add b${name} type bridge\nlink set ${name} master b${name}`)
    if (up) run(['ip', '-n', this.name, 'link', 'set', name, 'up'])
  }

  unplug(name: string): void {
    run(['ip', '-n', this.name, 'link', 'del', name])
  }

  [Symbol.dispose](): void {
    open.delete(this)
    this.kernel?.[Symbol.dispose]()
    spawnSync('ip', ['-force', '-batch', '-'], {
      input: `netns del ${this.name}\nnetns del ${this.name}w`,
      stdio: ['pipe', 'ignore', 'ignore']
    })
  }
}

/** The same with elements by libnftables' JSON, the reference. */
export class JsonStage extends LinuxStage {
  constructor() {
    super('json')
  }
}

function run(argv: readonly string[], input = ''): string {
  const [file = '', ...rest] = argv
  const { status, stdout, stderr } = spawnSync(file, rest, { input, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${argv.join(' ')}: exit ${status}\n${input}\n${stderr}`)
  return stdout
}

// also after a failure, and when the runner gives up on us
process.once('exit', () => {
  for (const stage of open) stage[Symbol.dispose]()
})
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))

// what a killed test process left behind: its namespaces carry a process id that no longer exists
const left = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout.matchAll(/^(ek(\d+)n\d+w?)\b/gm)
for (const [, name = '', pid] of left) if (!existsSync(`/proc/${pid}`)) spawnSync('ip', ['netns', 'del', name])
