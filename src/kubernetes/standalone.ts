import type { Attachment } from '../agent/attachment.ts'
import type { AttachmentSource, PodRequest, Sandbox } from '../agent/source.ts'
import type { Log } from '../observe/log.ts'
import { readAnnotations } from './annotations.ts'
import { attachmentFor } from './decide.ts'
import { authorize, type Policy } from './policy.ts'

export interface StandaloneOptions {
  readonly policyFile?: string | undefined
  readonly log: Log
  readonly signal: AbortSignal
}

/**
 * Decides by what the runtime says alone, on a node whose agent asks no API server. Annotations of a pod are the words of its author,
 * handed over by the runtime: what they ask for a policy has to grant to the pod's Kubernetes namespace, by name. A container outside
 * Kubernetes has no author but who called the runtime, which takes the rights of the node's administrator: it gets what it asks for.
 *
 * Errors: ConfigError (the policy).
 */
export async function openStandalone({ policyFile, log, signal }: StandaloneOptions): Promise<AttachmentSource> {
  const policy = await openPolicy(policyFile, log, signal)
  return {
    async forPod({ identity, annotations = {} }: PodRequest, sandbox: Sandbox): Promise<Attachment | undefined> {
      const wish = readAnnotations(annotations)
      if (!wish) return undefined
      if (identity) {
        const { kubeNamespace } = identity
        authorize(policy(), { kubeNamespace, namespaceLabels: undefined, privileged: undefined, hostNetwork: false }, wish)
      }
      return attachmentFor(wish, sandbox)
    }
  }
}

/** Reading a policy takes libraries of some megabytes, which a node without one does not need. */
async function openPolicy(file: string | undefined, log: Log, signal: AbortSignal): Promise<() => Policy> {
  if (file === undefined) return () => ({ privilegedPods: false, rules: [] })
  const { followPolicy } = await import('./policy-follow.ts')
  return followPolicy(file, () => {}, log, signal)
}
