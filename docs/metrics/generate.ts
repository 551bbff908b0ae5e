// Makes from the table of metrics what tells of them: the documentation, the PodMonitor and the dashboard of Grafana.
//
//   node docs/metrics/generate.ts      writes the files; a test holds them to the table
import { writeFileSync } from 'node:fs'
import { type Metric, metricTable } from '../../src/observe/metric-table.ts'

const metrics: readonly (readonly [string, Metric])[] = Object.entries(metricTable)

/** Path of each file from the root of the repository, and its text. */
export function generated(): Readonly<Record<string, string>> {
  return {
    'docs/metrics/README.md': documentation(),
    'deploy/monitoring/pod-monitor.yaml': podMonitor(),
    'deploy/monitoring/dashboard.json': `${JSON.stringify(dashboard(), undefined, 2)}\n`
  }
}

function documentation(): string {
  const row = ([name, { type, labels, help }]: readonly [string, Metric]) =>
    `| \`${name}\` | ${type} | ${labels.map(label => `\`${label}\``).join(', ')} | ${help} |\n`
  return `# Metrics of the agent

\`EGRESS_LISTEN\` (\`--listen\`) says where the agent serves \`/metrics\`, \`/healthz\` (it does its turns) and \`/readyz\` (the pods of its node are
known and served). Packets and bytes are read from the kernel when Prometheus asks. A pod that is gone leaves no series behind.

| metric | type | labels | meaning |
| --- | --- | --- | --- |
${metrics.map(row).join('')}
[deploy/monitoring](../../deploy/monitoring) holds a PodMonitor and a dashboard for Grafana. This page and both of them are made from
src/observe/metric-table.ts by \`node docs/metrics/generate.ts\`.
`
}

const podMonitor =
  (): string => `# For the Prometheus operator. The agent listens on the loopback unless EGRESS_LISTEN says otherwise: give it an address that Prometheus
# reaches. Of the series only those of the agent's own table are kept.
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata:
  name: egress-router
  namespace: egress-router
spec:
  selector:
    matchLabels:
      app.kubernetes.io/name: egress-router
      app.kubernetes.io/component: agent
  podMetricsEndpoints:
    - port: metrics
      metricRelabelings:
        - action: keep
          sourceLabels: [__name__]
          regex: ${['process_.*', 'egress_router_.*'].join('|')}
`

/** Two panels a row, in the order of the table. */
function dashboard(): object {
  const shown = metrics.flatMap(([, { panel, help }]) => (panel ? [{ ...panel, help }] : []))
  return {
    title: 'Egress router',
    uid: 'egress-router-agent',
    tags: ['egress-router'],
    schemaVersion: 39,
    timezone: 'browser',
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: { list: [{ name: 'datasource', type: 'datasource', query: 'prometheus' }] },
    panels: shown.map(({ title, query, legend, unit, help }, i) => ({
      id: i + 1,
      type: 'timeseries',
      title,
      description: help,
      datasource: { type: 'prometheus', uid: '$datasource' },
      gridPos: { x: 12 * (i % 2), y: 8 * Math.floor(i / 2), w: 12, h: 8 },
      fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
      targets: [{ refId: 'A', expr: query, legendFormat: legend, datasource: { type: 'prometheus', uid: '$datasource' } }]
    }))
  }
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(generated())) writeFileSync(new URL(`../../${path}`, import.meta.url), text)
}
