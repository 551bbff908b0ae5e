import { credentials, loadPackageDefinition, type ServiceError, status } from '@grpc/grpc-js'
import { fromJSON } from '@grpc/proto-loader'
import { EgressRouterError } from '../errors.ts'
import { criMessages } from './cri-messages.ts'

/** The network of a pod: the sandbox that holds its namespace. */
export interface PodSandbox {
  readonly id: string
  readonly podUid: string
  readonly kubeNamespace: string
  readonly name: string
}

/** The container runtime of the node, by its socket. */
export interface Runtime extends Disposable {
  /** Every sandbox that is ready, of each pod the newest first. */
  sandboxes(): Promise<readonly PodSandbox[]>
  /** Path of the sandbox' network namespace; undefined when it has the node's own, or is gone. */
  namespaceOf(sandboxId: string): Promise<string | undefined>
  /** Name and version, to see that it answers. */
  version(): Promise<string>
}

/** An answer that takes longer is none; the runtime is on the same machine. In milliseconds. */
const PATIENCE = 5000

type Unary = (request: object, options: { deadline: number }, answer: (error: ServiceError | null, value: unknown) => void) => void
type Client = Readonly<Record<'Version' | 'ListPodSandbox' | 'PodSandboxStatus', Unary>> & { close(): void }
type ClientClass = new (address: string, credentials: unknown, options: object) => Client

interface SandboxItem {
  readonly id: string
  readonly metadata: { readonly uid: string; readonly name: string; readonly namespace: string; readonly attempt: number } | null
  readonly created_at: string
}

/**
 * Opens the container runtime interface v1 on a unix socket (containerd 1.6 and newer, CRI-O 1.20 and newer). Nothing is sent yet, and a
 * runtime that restarts is found again.
 *
 * Errors of the calls: EgressRouterError `ECRI`.
 */
export function openRuntime(socket: string): Runtime {
  const definition = loadPackageDefinition(fromJSON(criMessages, { keepCase: true, longs: String, enums: String, defaults: true }))
  const { RuntimeService } = (definition as unknown as { runtime: { v1: { RuntimeService: ClientClass } } }).runtime.v1
  const client = new RuntimeService(`unix://${socket}`, credentials.createInsecure(), {
    // the path of a socket is no host name, and servers in Go refuse it as one
    'grpc.default_authority': 'localhost',
    'grpc.initial_reconnect_backoff_ms': 200,
    'grpc.max_reconnect_backoff_ms': 5000,
    // a node has hundreds of sandboxes, and the verbose status of one holds its whole specification
    'grpc.max_receive_message_length': 64 * 1024 * 1024
  })
  const call = <T>(method: keyof Omit<Client, 'close'>, request: object): Promise<T> =>
    new Promise((resolve, reject) => {
      client[method](request, { deadline: Date.now() + PATIENCE }, (error, value) => {
        if (error) reject(inOurWords(error, method, socket))
        else resolve(value as T)
      })
    })
  return {
    async sandboxes() {
      const { items } = await call<{ items: SandboxItem[] }>('ListPodSandbox', { filter: { state: { state: 'SANDBOX_READY' } } })
      return items.toSorted(newestFirst).flatMap(({ id, metadata }) => {
        return metadata ? [{ id, podUid: metadata.uid, kubeNamespace: metadata.namespace, name: metadata.name }] : []
      })
    },
    async namespaceOf(sandboxId) {
      try {
        return pathIn(await call('PodSandboxStatus', { pod_sandbox_id: sandboxId, verbose: true }))
      } catch (error) {
        if ((error as { cause?: ServiceError }).cause?.code === status.NOT_FOUND) return undefined
        throw error
      }
    },
    async version() {
      const { runtime_name, runtime_version } = await call<{ runtime_name: string; runtime_version: string }>('Version', {})
      return `${runtime_name} ${runtime_version}`
    },
    [Symbol.dispose]: () => client.close()
  }
}

const newestFirst = (a: SandboxItem, b: SandboxItem) =>
  (b.metadata?.attempt ?? 0) - (a.metadata?.attempt ?? 0) || Number(BigInt(b.created_at) - BigInt(a.created_at))

interface VerboseStatus {
  readonly status: { readonly state: string } | null
  readonly info: Readonly<Record<string, string>>
}

/** The runtime's own notes hold the OCI specification; containerd and CRI-O name the entry alike. */
function pathIn({ status: sandbox, info }: VerboseStatus): string | undefined {
  if (sandbox?.state !== 'SANDBOX_READY') return undefined
  let notes: { runtimeSpec?: { linux?: { namespaces?: ReadonlyArray<{ type: string; path?: string }> } } }
  try {
    notes = JSON.parse(info.info ?? '')
  } catch (cause) {
    throw new EgressRouterError('ECRI', 'the container runtime does not tell where the network of a pod is', {
      hint: 'containerd 1.6 or newer and CRI-O are known to',
      cause
    })
  }
  const path = notes.runtimeSpec?.linux?.namespaces?.find(({ type }) => type === 'network')?.path
  return path || undefined
}

function inOurWords(error: ServiceError, method: string, socket: string): EgressRouterError {
  const hints: { readonly [code: number]: string } = {
    [status.UNAVAILABLE]: `is the container runtime running, and ${socket} its socket?`,
    [status.UNIMPLEMENTED]: 'the runtime speaks an older version of the interface than v1',
    [status.DEADLINE_EXCEEDED]: 'the node is overloaded, or the runtime hangs'
  }
  return new EgressRouterError('ECRI', `the container runtime does not answer ${method}: ${error.details || error.message}`, {
    hint: hints[error.code],
    cause: error
  })
}
