import type { Test } from 'tap'
import type { Cluster } from './cluster.ts'

/** Asks what the redirects of the examples lead to, by the Service and by the pod itself; the servers must see `source`. */
export async function askRedirects(t: Test, cluster: Cluster, by: { service: string; pod: string }, source: string): Promise<void> {
  const questions = [
    ['tcp', by.service, 80, '203.0.113.25', 80],
    ['udp', by.service, 53, '203.0.113.26', 53],
    ['tcp', by.service, 8080, '203.0.113.26', 80],
    ['tcp', by.pod, 7777, '203.0.113.27', 7777],
    ['udp', by.pod, 7777, '203.0.113.27', 7777]
  ] as const
  for (const [protocol, to, port, at, reached] of questions) {
    t.match(await cluster.ask(protocol, to, port), { seen: source, at, port: reached }, `${protocol} port ${port}`)
  }
}
