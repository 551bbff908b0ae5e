import type { Agent } from '../agent/agent.ts'
import type { AttachmentSource } from '../agent/source.ts'
import { isChained } from '../cni/chained.ts'
import type { AgentSettings } from '../config/agent-settings.ts'
import { ConfigError } from '../errors.ts'
import { measure } from '../kubernetes/measure.ts'
import { openKubernetes } from '../kubernetes/serve.ts'
import { type Observation, serveObservation } from '../observe/http.ts'
import type { Log } from '../observe/log.ts'
import { version } from './version.ts'

/** What of the agent belongs to a cluster. Loaded only there: the libraries cost tens of megabytes. */
export interface Side {
  readonly source: AttachmentSource
  /** Serves metrics and probes, where an address for them was given. */
  observe(): Promise<Observation | undefined>
  start(): void
  /** Whether no other agent will look after the CNI plugin when this one ends. */
  isWithdrawn(): Promise<boolean>
}

/** Errors: ConfigError (no name of the node, the policy), EgressRouterError `ECRI`. */
export function openSide(agent: Agent, settings: AgentSettings, log: Log, signal: AbortSignal): Side {
  const { node, listen } = settings
  const given = (text: string) => (text === '' ? undefined : text)
  if (node === '') {
    const hint = 'set it from spec.nodeName (fieldRef), or serve CNI alone with --kubernetes off'
    throw new ConfigError([{ source: 'EGRESS_NODE_NAME', message: 'the name of this node in the cluster is missing', hint }])
  }
  const metrics = measure(agent, {
    version: version(),
    isReady: () => side.isReady(),
    isChained: () => (settings.cniConfDir === '' ? undefined : isChained(settings.cniConfDir))
  })
  const side = openKubernetes({
    agent,
    node,
    kubeconfig: given(settings.kubeconfig),
    runtimeSocket: given(settings.runtimeSocket),
    policyFile: given(settings.policyFile),
    daemonSet: given(settings.daemonSet),
    log,
    signal,
    observer: {
      attached: seconds => metrics.observe('egress_router_attach_seconds', {}, seconds),
      event: outcome => metrics.add('egress_router_kubernetes_events_total', { outcome }),
      unreachable: collection => metrics.add('egress_router_kubernetes_unreachable_total', { collection })
    }
  })
  const notReady = () => (side.isReady() ? undefined : 'the pods of the node are not known yet')
  return {
    source: side.source,
    observe: async () => listen && (await serveObservation(listen, { metrics, notReady })),
    start: () => side.start(),
    isWithdrawn: () => side.isWithdrawn()
  }
}
