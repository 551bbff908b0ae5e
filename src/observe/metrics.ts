import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { type Metric, type MetricName, metricTable } from './metric-table.ts'

export type Labels = Readonly<Record<string, string>>

/** The metrics of the table, to be counted and read. */
export interface Metrics {
  add(name: MetricName, labels?: Labels, value?: number): void
  set(name: MetricName, labels: Labels, value: number): void
  observe(name: MetricName, labels: Labels, value: number): void
  /** Forgets every value of a metric, or those that carry the labels. */
  forget(name: MetricName, labels?: Labels): void
  /** The text that Prometheus reads. `collect` is called before, to set what is only known by looking. */
  read(): Promise<string>
  readonly contentType: string
}

/** Of the library's own default metrics none is taken: some of them have names that Prometheus' linter refuses. */
export function createMetrics(collect: (metrics: Metrics) => void = () => {}): Metrics {
  const registry = new Registry()
  const made = new Map(Object.entries(metricTable).map(([name, metric]) => [name, make(name, metric, registry)]))
  const find = <T>(name: MetricName) => made.get(name) as T
  const metrics: Metrics = {
    add: (name, labels = {}, value = 1) => find<Counter>(name).inc(labels, value),
    set(name, labels, value) {
      const metric = made.get(name)
      // a counter that the kernel keeps is told as it stands
      if (metric instanceof Counter) {
        metric.remove(labels)
        metric.inc(labels, value)
      } else (metric as Gauge).set(labels, value)
    },
    observe: (name, labels, value) => find<Histogram>(name).observe(labels, value),
    forget(name, labels) {
      if (labels === undefined) find<Gauge>(name).reset()
      else find<Gauge>(name).remove(labels)
    },
    async read() {
      collect(metrics)
      return registry.metrics()
    },
    contentType: registry.contentType
  }
  return metrics
}

function make(name: string, { type, help, labels, buckets }: Metric, registry: Registry): Counter | Gauge | Histogram {
  const options = { name, help, labelNames: [...labels], registers: [registry] }
  if (type === 'counter') return new Counter(options)
  if (type === 'gauge') return new Gauge(options)
  return new Histogram({ ...options, ...(buckets && { buckets: [...buckets] }) })
}
