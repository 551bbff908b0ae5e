import { dirname } from 'node:path'
import { Agent } from '../agent/agent.ts'
import { Plugin } from '../cni/plugin.ts'
import { AgentSocket } from '../cni/server.ts'
import { type AgentSettings, readAgentSettings } from '../config/agent-settings.ts'
import type { Log } from '../observe/log.ts'
import { PROCESS_NAME } from '../router/keep.ts'
import { useSysctlsAt } from '../sys/sysctl.ts'
import { now } from '../time.ts'
import { keepChained, takeOut } from './chain.ts'
import { openLog } from './log.ts'
import type { CommandOptions } from './options.ts'
import { untilSignalled } from './signals.ts'

/** The node's daemon: serves CNI, and looks after what it made until SIGTERM, which leaves everything in the pods as it is. */
export async function agent(options: CommandOptions): Promise<number> {
  const started = now()
  const signal = untilSignalled()
  const settings = readAgentSettings(options.flags, options.env)
  const log = openLog(options, settings)
  process.title = PROCESS_NAME
  useSysctlsAt(settings.sysctlFolder)
  // the lock first: two agents must never look after one node
  await using socket = await AgentSocket.claim(settings.socket)
  await using daemon = new Agent({ runFolder: dirname(settings.socket), log })
  observe(daemon, log)
  const side = isWanted(settings, options.env) ? (await import('./agent-kubernetes.ts')).openSide(daemon, settings, log, signal) : undefined
  await using _observation = await side?.observe()
  // what is taken up again may have to wait for its parent: pods that start meanwhile are served
  const resumed = daemon.start()
  await socket.serve(new Plugin({ agent: daemon, source: side?.source ?? (await openStandalone(settings, log, signal)) }), log)
  keepChained(settings, log, signal)
  side?.start()
  log.info('ready', { socket: settings.socket, attachments: daemon.list().length, milliseconds: Math.round(now() - started) })
  await resumed
  if (!signal.aborted) await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
  log.info('stopping: what was made in the pods stays as it is', { signal: signal.reason })
  if (settings.cniConfDir !== '' && (await side?.isWithdrawn())) takeOut(settings, log)
  return 0
}

async function openStandalone({ policyFile }: AgentSettings, log: Log, signal: AbortSignal) {
  const standalone = await import('../kubernetes/standalone.ts')
  return standalone.openStandalone({ policyFile: policyFile === '' ? undefined : policyFile, log, signal })
}

/** A pod of a cluster is told where the API server is. */
const isWanted = ({ kubernetes }: AgentSettings, env: CommandOptions['env']) =>
  kubernetes === 'on' || (kubernetes === 'auto' && Boolean(env.KUBERNETES_SERVICE_HOST))

function observe({ events }: Agent, log: Log): void {
  events.observe({
    created: ({ id, namespace, pod }) => log.info('attached', { id, namespace, pod }),
    removed: ({ id, pod }) => log.info('detached', { id, pod }),
    yielded: ({ id, pod }) => log.warn('another egress-router process looks after this router now', { id, pod })
  })
}
