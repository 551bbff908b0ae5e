// A container runtime as our plugin sees one: executes the shim with an environment and a configuration, and reads its answer.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { root } from '../kit/process.ts'

export const shim = `${root}dist/cni/egress-router`

export interface Call {
  readonly command: string
  readonly socket?: string | undefined
  readonly containerId?: string
  readonly interface?: string
  /** Path of the namespace; nothing is set when it is absent. */
  readonly namespace?: string | undefined
  readonly args?: string
  /** The configuration, or the very text of it. */
  readonly config: object | string
  /** Kills the shim when it is aborted. */
  readonly signal?: AbortSignal
}

export interface Outcome {
  readonly code: number | null
  readonly text: string
  /** What was printed, when it is JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at what is there
  readonly json: any
}

/** Runs the plugin once, at most 30 seconds. */
export async function callPlugin(call: Call): Promise<Outcome> {
  const env: Record<string, string> = {
    PATH: '/usr/bin:/bin',
    CNI_COMMAND: call.command,
    CNI_CONTAINERID: call.containerId ?? 'c1',
    CNI_IFNAME: call.interface ?? 'net1',
    CNI_PATH: '/opt/cni/bin',
    ...(call.namespace !== undefined && { CNI_NETNS: call.namespace }),
    ...(call.args !== undefined && { CNI_ARGS: call.args }),
    ...(call.socket !== undefined && { EGRESS_AGENT_SOCKET: call.socket })
  }
  const child = spawn(shim, { env, stdio: ['pipe', 'pipe', 'inherit'], timeout: 30_000, killSignal: 'SIGKILL' })
  const kill = () => child.kill('SIGKILL')
  call.signal?.addEventListener('abort', kill, { once: true })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', part => {
    text += part
  })
  child.stdin.on('error', () => {})
  child.stdin.end(typeof call.config === 'string' ? call.config : JSON.stringify(call.config))
  const [code] = await once(child, 'close')
  call.signal?.removeEventListener('abort', kill)
  return { code, text, json: parse(text) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A network of type egress-router, quick to set up. */
export const network = (source: string, change: object = {}) => ({
  cniVersion: '1.0.0',
  name: 'egress',
  type: 'egress-router',
  interfaceType: 'macvlan',
  interfaceArgs: { master: 'up0', mode: 'bridge' },
  ip: { addresses: [source], gateway: '192.168.12.1', destinations: ['80 tcp 203.0.113.25', '203.0.113.27'] },
  conflictProbe: 'off',
  ...change
})

/** A configuration of the plugin behind the cluster's, with the pod's annotations as a runtime hands them over. */
export const chained = (annotations?: object, prevResult: object = { cniVersion: '1.0.0' }) => ({
  cniVersion: '1.0.0',
  name: 'cluster',
  type: 'egress-router',
  ...(annotations && { runtimeConfig: { 'io.kubernetes.cri.pod-annotations': annotations } }),
  prevResult
})
