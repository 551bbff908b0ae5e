// An agent in a node namespace, and the runtime that calls it.
import { mkdtempSync, rmSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Call, callPlugin, type Outcome } from '../cni/runtime.ts'
import { Processes, type Running, root } from '../kit/process.ts'

export interface AgentNode {
  readonly folder: string
  readonly socket: string
  /** Starts an agent; resolves when it serves. `wrap` stands before its command line. */
  start(wrap?: readonly string[]): Promise<Running>
  call(command: string, config: object | string, call?: Partial<Call>): Promise<Outcome>
  /** Runs a program in a namespace and gives its output. */
  must(namespace: string, ...argv: string[]): Promise<string>
}

export function openNode(t: { teardown(ending: () => unknown): unknown }, node: string): AgentNode {
  const folder = mkdtempSync(join(tmpdir(), 'egress-agent-'))
  const socket = join(folder, 'agent.sock')
  const processes = new Processes()
  const atExit = () => processes.endAllNow()
  process.once('exit', atExit)
  t.teardown(async () => {
    await processes.endAll()
    process.off('exit', atExit)
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    folder,
    socket,
    async start(wrap = []) {
      const left = await readdir(join(folder, 'attachments')).catch(() => [])
      const argv = ['nsenter', `--net=/run/netns/${node}`, '--', ...wrap, `${root}bin/egress-router`, 'agent', '--kubernetes', 'off']
      const agent = processes.start([...argv, '--socket', socket], { input: '', seconds: 110 })
      await agent.shows(/"msg":"ready"/, 20)
      if (left.length > 0) await agent.shows(/"msg":"taken up again"|is forgotten/, 30)
      return agent
    },
    call: (command, config, call = {}) => callPlugin({ command, config, socket, ...call }),
    must: (namespace, ...argv) => processes.must(['nsenter', `--net=/run/netns/${namespace}`, '--', ...argv])
  }
}
