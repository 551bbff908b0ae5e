/** One metric, as Prometheus sees it. From this table come the registry, the documentation and the dashboard. */
export interface Metric {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  /** Upper bounds, in the metric's unit. */
  readonly buckets?: readonly number[]
  /** What a panel of the dashboard shows, and the unit of its axis in Grafana's words. */
  readonly panel?: { readonly title: string; readonly query: string; readonly legend: string; readonly unit: string }
}

const pod = ['kube_namespace', 'pod'] as const
const byPod = '{{kube_namespace}}/{{pod}}'

const rate = (name: string) => `sum by (kube_namespace, pod) (rate(${name}[5m]))`

/** Everything that the agent measures, in the order of the documentation. */
export const metricTable = {
  egress_router_build_info: { type: 'gauge', help: 'Always 1; the version is in the label.', labels: ['version'] },
  egress_router_agent_ready: { type: 'gauge', help: 'Whether the pods of the node are known and served.', labels: [] },
  egress_router_agent_chained: {
    type: 'gauge',
    help: 'Whether the container runtime calls the CNI plugin for the pods of the cluster network: 1 or 0; absent where it is not to be.',
    labels: [],
    panel: { title: 'Nodes without the plugin', query: 'egress_router_agent_chained == 0', legend: '{{instance}}', unit: 'short' }
  },
  egress_router_agent_attachments: {
    type: 'gauge',
    help: 'Links and routers that the agent looks after, by state.',
    labels: ['state'],
    panel: { title: 'Attachments by state', query: 'sum by (state) (egress_router_agent_attachments)', legend: '{{state}}', unit: 'short' }
  },
  egress_router_attachment_ready: {
    type: 'gauge',
    help: 'Whether the link, or the router, of a pod is as it should be: 1 or 0.',
    labels: [...pod, 'link'],
    panel: { title: 'Not as they should be', query: 'egress_router_attachment_ready == 0', legend: byPod, unit: 'short' }
  },
  egress_router_attachments_created_total: { type: 'counter', help: 'How often something was made for a pod.', labels: pod },
  egress_router_attachments_repaired_total: {
    type: 'counter',
    help: 'How often something had drifted in a pod and was repaired.',
    labels: pod,
    panel: { title: 'Repairs', query: rate('egress_router_attachments_repaired_total'), legend: byPod, unit: 'ops' }
  },
  egress_router_attachments_failed_total: {
    type: 'counter',
    help: 'How often something could not be made, or not be repaired, for a pod.',
    labels: pod,
    panel: { title: 'Failures', query: rate('egress_router_attachments_failed_total'), legend: byPod, unit: 'ops' }
  },
  egress_router_attach_seconds: {
    type: 'histogram',
    help: 'Time from the moment that the network of a pod is known to the moment that its link, or router, is ready.',
    labels: [],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    panel: {
      title: 'Time to make one, 99 of 100',
      query: 'histogram_quantile(0.99, sum by (le) (rate(egress_router_attach_seconds_bucket[15m])))',
      legend: 'p99',
      unit: 's'
    }
  },
  egress_router_sent_packets_total: { type: 'counter', help: 'Packets that clients sent through the router of a pod.', labels: pod },
  egress_router_sent_bytes_total: {
    type: 'counter',
    help: 'Bytes that clients sent through the router of a pod.',
    labels: pod,
    panel: { title: 'Sent', query: rate('egress_router_sent_bytes_total'), legend: byPod, unit: 'Bps' }
  },
  egress_router_received_packets_total: { type: 'counter', help: 'Packets that came back through the router of a pod.', labels: pod },
  egress_router_received_bytes_total: {
    type: 'counter',
    help: 'Bytes that came back through the router of a pod.',
    labels: pod,
    panel: { title: 'Received', query: rate('egress_router_received_bytes_total'), legend: byPod, unit: 'Bps' }
  },
  egress_router_guard_packets_total: {
    type: 'counter',
    help: 'Packets with a wrong source that the guard of a pod stopped.',
    labels: pod,
    panel: { title: 'Stopped by the guard', query: rate('egress_router_guard_packets_total'), legend: byPod, unit: 'pps' }
  },
  egress_router_kubernetes_events_total: { type: 'counter', help: 'Events for pods, by what became of them.', labels: ['outcome'] },
  egress_router_kubernetes_unreachable_total: {
    type: 'counter',
    help: 'How often a list or watch failed.',
    labels: ['collection'],
    panel: {
      title: 'API server not reached',
      query: 'sum by (instance, collection) (rate(egress_router_kubernetes_unreachable_total[5m]))',
      legend: '{{instance}} {{collection}}',
      unit: 'ops'
    }
  },
  process_resident_memory_bytes: {
    type: 'gauge',
    help: 'Memory of the agent.',
    labels: [],
    panel: { title: 'Memory', query: 'process_resident_memory_bytes{job=~".*egress-router.*"}', legend: '{{instance}}', unit: 'bytes' }
  },
  process_cpu_seconds_total: {
    type: 'counter',
    help: 'Processor time of the agent.',
    labels: [],
    panel: {
      title: 'Processor time',
      query: 'rate(process_cpu_seconds_total{job=~".*egress-router.*"}[5m])',
      legend: '{{instance}}',
      unit: 'percentunit'
    }
  }
} as const satisfies Readonly<Record<string, Metric>>

export type MetricName = keyof typeof metricTable
