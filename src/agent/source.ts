import type { Attachment, PodIdentity } from './attachment.ts'

/** A pod whose sandbox is being made, as the container runtime tells of it. */
export interface PodRequest {
  /** Absent: a container outside Kubernetes. */
  readonly identity?: PodIdentity | undefined
  /** Handed over by the runtime (capability `io.kubernetes.cri.pod-annotations`); absent when it does not do that. */
  readonly annotations?: Readonly<Record<string, string>> | undefined
}

/** Where the pod's network is. */
export interface Sandbox {
  readonly containerId: string
  readonly namespace: string
}

/**
 * Decides what a pod gets: nothing, or an attachment. Errors: a ConfigError for annotations that make no sense, a
 * RefusedError for a pod that may not have what it asks for.
 */
export interface AttachmentSource {
  forPod(pod: PodRequest, sandbox: Sandbox): Promise<Attachment | undefined>
}
