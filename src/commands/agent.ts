import { dirname } from 'node:path'
import { Agent } from '../agent/agent.ts'
import { type AttachmentSource, noSource } from '../agent/source.ts'
import { Plugin } from '../cni/plugin.ts'
import { AgentSocket } from '../cni/server.ts'
import { type AgentSettings, readAgentSettings } from '../config/agent-settings.ts'
import type { Log } from '../observe/log.ts'
import { PROCESS_NAME } from '../router/keep.ts'
import { openLog } from './log.ts'
import type { CommandOptions } from './options.ts'
import { untilSignalled } from './signals.ts'

/** The node's daemon: serves CNI, and looks after what it made until SIGTERM, which leaves everything in the pods as it is. */
export async function agent(options: CommandOptions): Promise<number> {
  const started = performance.now()
  const signal = untilSignalled()
  const settings = readAgentSettings(options.flags, options.env)
  const log = await openLog(options, settings)
  process.title = PROCESS_NAME
  // the lock first: two agents must never look after one node
  await using socket = AgentSocket.claim(settings.socket)
  await using daemon = new Agent({ runFolder: dirname(settings.socket), log })
  observe(daemon, log)
  await daemon.start()
  const source = openSource(settings)
  await socket.serve(new Plugin({ agent: daemon, source }), log)
  log.info('ready', { socket: settings.socket, attachments: daemon.list().length, milliseconds: Math.round(performance.now() - started) })
  if (!signal.aborted) await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
  log.info('stopping: what was made in the pods stays as it is', { signal: signal.reason })
  return 0
}

/** Who decides about the pods of the cluster. Without Kubernetes nobody does: attachments come from network configurations alone. */
function openSource({ kubernetes: _ }: AgentSettings): AttachmentSource {
  return noSource
}

function observe({ events }: Agent, log: Log): void {
  events.observe({
    created: ({ id, namespace, pod }) => log.info('attached', { id, namespace, pod }),
    removed: ({ id, pod }) => log.info('detached', { id, pod }),
    yielded: ({ id, pod }) => log.warn('another egress-router process looks after this router now', { id, pod })
  })
}
