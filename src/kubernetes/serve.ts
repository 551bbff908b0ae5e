import { existsSync } from 'node:fs'
import type { V1Namespace } from '@kubernetes/client-node'
import type { Agent } from '../agent/agent.ts'
import type { AttachmentSource } from '../agent/source.ts'
import { EgressRouterError, formatError } from '../errors.ts'
import type { Log } from '../observe/log.ts'
import { openApi } from './api.ts'
import { Claims } from './claims.ts'
import { openRuntime } from './cri.ts'
import { EventWriter } from './event-writer.ts'
import { follow } from './list-watch.ts'
import { OwnDaemonSet } from './own-daemon-set.ts'
import { Pods } from './pods.ts'
import { followPolicy } from './policy-follow.ts'
import { shareListing } from './shared-runtime.ts'

export interface KubernetesOptions {
  readonly agent: Agent
  /** Name of this node in the cluster. */
  readonly node: string
  /** Without one, the pod's service account. */
  readonly kubeconfig?: string | undefined
  /** Socket of the container runtime; looked for at the usual places when absent. */
  readonly runtimeSocket?: string | undefined
  readonly policyFile?: string | undefined
  /** Name of the agent's DaemonSet, in the agent's own Kubernetes namespace. */
  readonly daemonSet?: string | undefined
  readonly log: Log
  readonly signal: AbortSignal
  /** Is told what happens, for the metrics. */
  readonly observer?: KubernetesObserver | undefined
}

export interface KubernetesObserver {
  event(outcome: 'sent' | 'dropped' | 'failed'): void
  unreachable(collection: string): void
  /** Something was made for a pod, which took so many seconds. */
  attached(seconds: number): void
}

export interface KubernetesSide {
  /** Decides for the CNI plugin. */
  readonly source: AttachmentSource
  /** Whether the pods of the node are known and served. */
  isReady(): boolean
  /** How many pods ask for something. */
  pods(): number
  /** Starts to serve the pods, when the agent has taken up what it found. */
  start(): void
  /** Whether no other agent will look after the CNI plugin of this node. Answers within some seconds, also after the signal. */
  isWithdrawn(): Promise<boolean>
}

const runtimeSockets = ['/run/containerd/containerd.sock', '/run/crio/crio.sock', '/run/k3s/containerd/containerd.sock']

/**
 * The Kubernetes side of the agent: follows the pods of the node, and has the agent make what they ask for and may have.
 *
 * Errors: ConfigError (the policy), EgressRouterError `ECRI` (no runtime's socket). A server or a runtime that does not answer is waited for.
 */
export function openKubernetes(options: KubernetesOptions): KubernetesSide {
  const { agent, node, log, signal, observer } = options
  const api = openApi(options.kubeconfig)
  const runtime = shareListing(openRuntime(options.runtimeSocket ?? findSocket()))
  const labels = new Map<string, Readonly<Record<string, string>>>()
  const policy = followPolicy(options.policyFile, () => pods.pokeAll(), log, signal)
  const own = options.daemonSet === undefined ? undefined : new OwnDaemonSet(api, options.daemonSet, log, signal)
  const synced = { pods: false, namespaces: false, started: false }
  const pods: Pods = new Pods({
    agent,
    api,
    runtime,
    events: new EventWriter({ api, node, log, counted: outcome => observer?.event(outcome) }),
    claims: new Claims(),
    log,
    signal,
    name: node,
    readPod: api.readPod,
    attached: seconds => observer?.attached(seconds),
    groundsOf: ({ metadata }) => ({ policy: policy(), namespaceLabels: labels.get(metadata?.namespace ?? '') })
  })
  const begin = () => {
    if (!synced.started || !synced.pods || !synced.namespaces || pods.isRunning) return
    pods.start()
    log.info('serving the pods of the node', { node, pods: pods.size })
  }
  const unreachable = (collection: string) => () => observer?.unreachable(collection)
  const namespaceChanged = ({ metadata }: V1Namespace, before?: V1Namespace) => {
    if (metadata?.deletionTimestamp && metadata.name === api.ownNamespace) own?.goes()
    labels.set(metadata?.name ?? '', metadata?.labels ?? {})
    if (before && JSON.stringify(before.metadata?.labels) !== JSON.stringify(metadata?.labels)) pods.pokeAll()
  }
  void follow(
    api.namespaces,
    {
      changed: namespaceChanged,
      gone: ({ metadata }) => void labels.delete(metadata?.name ?? ''),
      synced() {
        synced.namespaces = true
        begin()
      },
      unreachable: unreachable('namespaces')
    },
    { log, signal }
  )
  void follow(
    api.podsOf(node),
    {
      changed: object => pods.changed(object),
      gone: object => pods.gone(object),
      synced() {
        synced.pods = true
        pods.synced()
        begin()
      },
      unreachable: unreachable('pods')
    },
    { log, signal }
  )
  runtime.version().then(
    version => log.info('container runtime found', { version }),
    error => log.warn(formatError(error))
  )
  signal.addEventListener('abort', () => runtime[Symbol.dispose](), { once: true })
  return {
    source: pods,
    isReady: () => pods.isRunning,
    pods: () => pods.size,
    start() {
      synced.started = true
      begin()
    },
    isWithdrawn: async () => (await own?.hasLetGo()) ?? false
  }
}

function findSocket(): string {
  const found = runtimeSockets.find(path => existsSync(path))
  if (found !== undefined) return found
  throw new EgressRouterError('ECRI', `no socket of a container runtime: none of ${runtimeSockets.join(', ')} is there`, {
    hint: 'mount it, or name it with EGRESS_RUNTIME_SOCKET'
  })
}
