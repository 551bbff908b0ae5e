import type { Agent } from '../agent/agent.ts'
import type { Attachment } from '../agent/attachment.ts'
import type { MetricName } from '../observe/metric-table.ts'
import { createMetrics, type Labels, type Metrics } from '../observe/metrics.ts'
import type { Count, RouterView } from '../router/view.ts'

export interface Measured {
  readonly version: string
  isReady(): boolean
  /** Undefined where the plugin is not to be chained. */
  isChained(): boolean | undefined
}

/** The metrics of an agent: what happens is counted as it happens, what the kernel counts is read when somebody asks. */
export function measure(agent: Agent, { version, isReady, isChained }: Measured): Metrics {
  const metrics = createMetrics(now => {
    now.set('egress_router_agent_ready', {}, isReady() ? 1 : 0)
    const chained = isChained()
    if (chained === undefined) now.forget('egress_router_agent_chained', {})
    else now.set('egress_router_agent_chained', {}, chained ? 1 : 0)
    now.set('process_resident_memory_bytes', {}, process.memoryUsage.rss())
    const { user, system } = process.cpuUsage()
    now.set('process_cpu_seconds_total', {}, (user + system) / 1e6)
    readAttachments(agent, now)
  })
  metrics.set('egress_router_build_info', { version }, 1)
  const count = (name: MetricName) => (attachment: Attachment) => metrics.add(name, podOf(attachment))
  agent.events.observe({
    created: count('egress_router_attachments_created_total'),
    repaired: count('egress_router_attachments_repaired_total'),
    failed: count('egress_router_attachments_failed_total'),
    // a pod that is gone leaves no series behind
    removed(attachment) {
      for (const name of perPod) metrics.forget(name, podOf(attachment))
    }
  })
  return metrics
}

const counts = {
  egress_router_sent_packets_total: view => total(view, 'sent', 'packets'),
  egress_router_sent_bytes_total: view => total(view, 'sent', 'bytes'),
  egress_router_received_packets_total: view => total(view, 'received', 'packets'),
  egress_router_received_bytes_total: view => total(view, 'received', 'bytes'),
  egress_router_guard_packets_total: view => view.guard.packets
} as const satisfies { readonly [name in MetricName]?: (view: RouterView) => number }

const perPod: readonly MetricName[] = [
  'egress_router_attachments_created_total',
  'egress_router_attachments_repaired_total',
  'egress_router_attachments_failed_total',
  ...(Object.keys(counts) as (keyof typeof counts)[])
]

const total = ({ redirects }: RouterView, direction: 'sent' | 'received', unit: keyof Count) =>
  redirects.reduce((sum, redirect) => sum + redirect[direction][unit], 0)

const podOf = ({ pod }: Attachment): Labels => ({ kube_namespace: pod?.kubeNamespace ?? '', pod: pod?.name ?? '' })

function readAttachments(agent: Agent, metrics: Metrics): void {
  const states = { ready: 0, failing: 0, yielded: 0 }
  metrics.forget('egress_router_attachment_ready')
  for (const { attachment, state } of agent.list()) {
    states[state]++
    metrics.set('egress_router_attachment_ready', { ...podOf(attachment), link: attachment.link.name }, state === 'ready' ? 1 : 0)
    const view = viewOf(agent, attachment)
    if (!view) continue
    for (const [name, read] of Object.entries(counts)) metrics.set(name as MetricName, podOf(attachment), read(view))
  }
  for (const [state, number] of Object.entries(states)) metrics.set('egress_router_agent_attachments', { state }, number)
}

/** A namespace may go while it is read. */
function viewOf(agent: Agent, { id }: Attachment): RouterView | undefined {
  try {
    return agent.view(id)
  } catch {
    return undefined
  }
}
