// A laboratory of network namespaces around one router pod. Names carry the process id and a count, so that laboratories run side by side.
//
//   client ──(own subnet)── node ── up0 ─── lan: br0 ─── gateway ─── server (three addresses, TCP and UDP on fixed ports)
//   neighbor ── cni0 (node) ──┘                  └─── holder
//   router ──── cni0      └── macvlan0, child of up0, in the router's namespace
import { spawnSync } from 'node:child_process'
import { Capture } from './capture.ts'
import { ipv4, ipv6, serverPorts } from './documentation.ts'
import { type Finished, Processes, type Running, removeNamespaces, root, type Start } from './process.ts'
import { type Answer, Asker, askerArgv, type Question } from './question.ts'
import { foreignTable } from './snapshot.ts'
import { addresses, type Host, hosts, type Link, links, type MacvlanMode, macvlan, nodeFilter, ports, sysctlsBefore } from './wiring.ts'

export interface LabOptions {
  readonly link?: Link
  readonly macvlanMode?: MacvlanMode
  /** Whether the external server answers; without it the laboratory is up sooner. */
  readonly server?: boolean
}

type Details = Partial<Omit<Question, 'protocol' | 'address' | 'port'>>

/** Another build of the product can be put to the same tests. */
const program = process.env.EGRESS_ROUTER_PROGRAM ?? `${root}bin/egress-router`

let count = 0

export class Lab {
  readonly #id = `er${process.pid}n${++count}`
  readonly #processes = new Processes()
  readonly #askers = new Map<Host, Asker>()

  readonly name = (host: Host) => `${this.#id}-${host}`

  async up({ link = 'down', macvlanMode = 'private', server = true }: LabOptions): Promise<void> {
    const ip = (batch: string, ...options: string[]) => this.#processes.must(['ip', ...options, '-batch', '-'], { input: batch })
    await ip(hosts.map(host => `netns add ${this.name(host)}\n`).join(''))
    const set = (host: Host) => sysctlsBefore[host].map(s => `echo ${s.replace(/(.*)=(.*)/, '$2 >/proc/sys/$1')}`).join('\n')
    await Promise.all(hosts.map(host => this.must(host, ['sh', '-e'], { input: set(host) })))
    for (const [host, batch] of links(this.name, link)) await ip(batch, '-n', this.name(host))
    if (link === 'down') await ip(macvlan(this.name('router'), macvlanMode), '-n', this.name('node'))
    await Promise.all([...addresses(link)].map(([host, batch]) => ip(batch, '-n', this.name(host))))
    await Promise.all([
      this.must('router', ['nft', '-f', '-'], { input: foreignTable }),
      this.must('node', ['nft', '-f', '-'], { input: nodeFilter }),
      server && this.serve('server', [...ipv4.destinations, ...ipv6.destinations], serverPorts)
    ])
    for (const [host, batch] of ports(link)) await ip(batch, '-n', this.name(host))
  }

  async down(): Promise<void> {
    await this.#processes.endAll()
    removeNamespaces(hosts.map(this.name))
  }

  /** The same where nothing can be awaited: at the exit of the test process. */
  downNow(): void {
    this.#processes.endAllNow()
    removeNamespaces(hosts.map(this.name))
  }

  /** Starts a program in a host's network namespace. */
  start(host: Host, argv: readonly string[], options: Start = {}): Running {
    return this.#processes.start(['nsenter', `--net=/run/netns/${this.name(host)}`, '--', ...argv], options)
  }

  run(host: Host, argv: readonly string[], options: Start = {}): Promise<Finished> {
    return this.start(host, argv, { input: '', ...options }).finished
  }

  /** Runs what must succeed and gives its stdout. */
  must(host: Host, argv: readonly string[], options: Start = {}): Promise<string> {
    return this.#processes.must(['nsenter', `--net=/run/netns/${this.name(host)}`, '--', ...argv], options)
  }

  /** The command line of the product, for a test that puts something before it. */
  product = (...args: string[]): string[] => [program, ...args]

  /** Runs the product in the router pod to its end. */
  router(env: Readonly<Record<string, string>>, args: readonly string[] = ['run'], wrap: readonly string[] = []): Promise<Finished> {
    return this.run('router', [...wrap, ...this.product(...args)], { env })
  }

  /** Starts the product in the router pod. */
  startRouter(env: Readonly<Record<string, string>>, args: readonly string[] = ['run'], wrap: readonly string[] = []): Running {
    return this.start('router', [...wrap, ...this.product(...args)], { env, input: '' })
  }

  /** Makes a host answer on addresses and ports of its own. */
  async serve(host: Host, at: readonly string[], ports: readonly number[]): Promise<Running> {
    const running = this.start(host, ['node', `${root}test/kit/server.ts`, JSON.stringify({ addresses: at, ports })], { seconds: 110 })
    await running.shows(/ready/)
    return running
  }

  /** Asks `address` from a host: what the server saw, or the code of the error. */
  ask(host: Host, protocol: Question['protocol'], address: string, port: number, details: Details = {}): Promise<Answer> {
    let asker = this.#askers.get(host)
    if (!asker) {
      asker = new Asker(this.start(host, askerArgv, { seconds: 110 }))
      this.#askers.set(host, asker)
    }
    return asker.ask({ protocol, address, port, patience: 5000, ...details })
  }

  /** Captures on `p-node`, the switch's port to the node (LAN side), or on the router's `eth0` (pod side), or on the parent wire. */
  async capture(link: 'p-node' | 'p-router' | 'eth0'): Promise<Capture & { finish(): ReturnType<Capture['stop']> }> {
    const [host, marker, broadcast] =
      link === 'eth0' ? (['router', 'neighbor', '10.128.0.255'] as const) : (['lan', 'holder', '192.168.12.255'] as const)
    const capture = await Capture.start(argv => this.start(host, argv, { raw: true, seconds: 110 }), link)
    return Object.assign(capture, { finish: () => capture.stop(text => this.ask(marker, 'shout', broadcast, 9, { text })) })
  }

  /** Hardware address of a link. */
  async mac(host: Host, link: string): Promise<string> {
    const [found] = JSON.parse(await this.must(host, ['ip', '-j', 'link', 'show', link])) as { address: string }[]
    return found?.address ?? ''
  }
}

/** Opens a laboratory that ends with the test, also when the test fails or its process is told to end. */
export async function openLab(t: { teardown(ending: () => unknown): unknown }, options: LabOptions = {}): Promise<Lab> {
  const lab = new Lab()
  const atExit = () => lab.downNow()
  process.once('exit', atExit)
  t.teardown(async () => {
    await lab.down()
    process.off('exit', atExit)
  })
  await lab.up(options)
  return lab
}

// a runner that gives up on us sends a signal, which without a handler would skip the exit handlers
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))

// what a killed test process left behind: its namespaces carry a process id that no longer exists
const left = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout.matchAll(/^(er(\d+)n\d+-\w+)/gm)
for (const [, name, pid] of left) if (spawnSync('test', ['-e', `/proc/${pid}`]).status !== 0) removeNamespaces([name as string])
