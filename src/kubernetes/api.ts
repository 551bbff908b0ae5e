import {
  AppsV1Api,
  CoreV1Api,
  type CoreV1Event,
  KubeConfig,
  type KubernetesObject,
  PatchStrategy,
  setHeaderOptions,
  type V1DaemonSet,
  type V1Namespace,
  type V1Pod,
  Watch
} from '@kubernetes/client-node'
import { type Collection, codeOf, type Versioned, type WatchEvent } from './list-watch.ts'

/** What the agent asks of the API server; each line is a verb of its role. */
export interface Api {
  podsOf(node: string): Collection<V1Pod>
  readonly namespaces: Collection<V1Namespace>
  readPod(kubeNamespace: string, name: string): Promise<V1Pod>
  /** The Kubernetes namespace of whoever asks. */
  readonly ownNamespace: string
  /** A DaemonSet of that namespace. */
  readDaemonSet(name: string): Promise<V1DaemonSet>
  /** Sets an annotation of the very pod; another one of the same name is left alone (422). */
  annotate(pod: PodReference, annotation: string, value: string | null): Promise<void>
  createEvent(event: CoreV1Event): Promise<void>
  /** Tells of a repetition; 404 when the server has forgotten the event. */
  countEvent(kubeNamespace: string, name: string, count: number, lastTimestamp: Date, message: string): Promise<void>
}

export interface PodReference {
  readonly kubeNamespace: string
  readonly name: string
  readonly uid: string
}

/** The server ends a watch after so long, in seconds, so that none goes on unnoticed on a dead connection for ever. */
const WATCH_SECONDS = 300

/** Connects as the pod's service account, or as a kubeconfig file says. */
export function openApi(kubeconfig?: string): Api {
  const config = new KubeConfig()
  if (kubeconfig === undefined) config.loadFromCluster()
  else config.loadFromFile(kubeconfig)
  const core = config.makeApiClient(CoreV1Api)
  const ownNamespace = config.getContextObject(config.getCurrentContext())?.namespace ?? 'default'
  const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch)
  return {
    podsOf: node => ({
      name: `pods of node ${node}`,
      list: async () => listed(await told(core.listPodForAllNamespaces({ fieldSelector: `spec.nodeName=${node}` }))),
      watch: watchOf<V1Pod>(config, '/api/v1/pods', { fieldSelector: `spec.nodeName=${node}` })
    }),
    namespaces: {
      name: 'namespaces',
      list: async () => listed(await told(core.listNamespace())),
      watch: watchOf<V1Namespace>(config, '/api/v1/namespaces', {})
    },
    readPod: (namespace, name) => told(core.readNamespacedPod({ namespace, name })),
    ownNamespace,
    readDaemonSet: name => told(config.makeApiClient(AppsV1Api).readNamespacedDaemonSet({ namespace: ownNamespace, name })),
    async annotate({ kubeNamespace, name, uid }, annotation, value) {
      // the status subresource takes annotations, and its right does not let anybody change what a pod runs
      const body = { metadata: { uid, annotations: { [annotation]: value } } }
      await told(core.patchNamespacedPodStatus({ namespace: kubeNamespace, name, body }, merge))
    },
    async createEvent(event) {
      await told(core.createNamespacedEvent({ namespace: event.metadata.namespace ?? 'default', body: event }))
    },
    async countEvent(namespace, name, count, lastTimestamp, message) {
      const body = { count, lastTimestamp: lastTimestamp.toISOString(), message }
      await told(core.patchNamespacedEvent({ namespace, name, body }, merge))
    }
  }
}

/** The library's errors hold the whole answer, headers and all: of these only what the server says, and as `code` its status. */
async function told<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    const message = messageIn((error as { body?: unknown }).body)
    throw message === undefined ? error : Object.assign(new Error(message, { cause: error }), { code: codeOf(error) })
  }
}

function messageIn(body: unknown): string | undefined {
  try {
    const { message } = (typeof body === 'string' ? JSON.parse(body) : body) as { message?: unknown }
    return typeof message === 'string' ? message : undefined
  } catch {
    return undefined
  }
}

const listed = <T>({ items, metadata }: { items: T[]; metadata?: { resourceVersion?: string } }) => ({
  items,
  resourceVersion: metadata?.resourceVersion ?? ''
})

function watchOf<T extends KubernetesObject>(config: KubeConfig, path: string, selectors: Record<string, string>): Collection<T>['watch'] {
  return async (resourceVersion, hear, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const query = { ...selectors, resourceVersion, allowWatchBookmarks: true, timeoutSeconds: WATCH_SECONDS }
    const told = (type: string, object: Versioned) => hear({ type, object } as WatchEvent<T>)
    const request = await new Watch(config).watch(path, query, told, error => (error && !isSilence(error) ? reject(error) : resolve()))
    const abort = () => request.abort()
    signal.addEventListener('abort', abort, { once: true })
    try {
      if (signal.aborted) abort()
      await promise
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }
}

/** The library ends a watch in which nothing was heard for half a minute; it goes on where it stopped. */
const isSilence = (error: unknown) => (error as Error).name === 'TimeoutError'
