import type { V1Pod } from '@kubernetes/client-node'
import { type Attachment, attachmentId } from '../agent/attachment.ts'
import type { Sandbox } from '../agent/source.ts'
import { annotations, LINK, readAnnotations, type Wish } from './annotations.ts'
import type { PodReference } from './api.ts'
import { findParent } from './parent.ts'
import { authorize, type Policy, RefusedError, UndecidedError } from './policy.ts'
import { isPrivileged } from './privileges.ts'

/** The runtime's name for the first attachment of a pod: whether CNI asks or the pod was found by its sandbox, it is the same one. */
const FIRST_INTERFACE = 'eth0'

export interface Grounds {
  readonly policy: Policy
  /** Labels of the pod's Kubernetes namespace; undefined while they are not known. */
  readonly namespaceLabels: Readonly<Record<string, string>> | undefined
}

export const referenceOf = ({ metadata }: V1Pod): PodReference => ({
  kubeNamespace: metadata?.namespace ?? '',
  name: metadata?.name ?? '',
  uid: metadata?.uid ?? ''
})

/** Of a static pod the API server holds a copy, under an identity of its own; which pod of the kubelet it mirrors, it says here. */
const MIRRORED = 'kubernetes.io/config.mirror'

/** The pod as kubelet and runtime know it. */
export const runtimeUidOf = ({ metadata }: V1Pod): string => metadata?.annotations?.[MIRRORED] ?? metadata?.uid ?? ''

type Reading = { readonly wish: Wish | undefined } | { readonly error: unknown }

/** What an object says does not change: it is read once, however often the pod is looked at. */
const readings = new WeakMap<V1Pod, Reading>()

function wishOf(pod: V1Pod): Wish | undefined {
  const reading = readings.get(pod) ?? read(pod)
  readings.set(pod, reading)
  if ('error' in reading) throw reading.error
  return reading.wish
}

function read({ metadata }: V1Pod): Reading {
  try {
    return { wish: readAnnotations(metadata?.annotations ?? {}) }
  } catch (error) {
    return { error }
  }
}

/**
 * What a pod asks for and may have.
 *
 * Errors: ConfigError (annotations that make no sense), RefusedError (the policy does not grant it), UndecidedError (that depends on labels
 * which are not known yet).
 */
export function grant(pod: V1Pod, { policy, namespaceLabels }: Grounds): Wish | undefined {
  const wish = wishOf(pod)
  if (!wish) return undefined
  const { kubeNamespace } = referenceOf(pod)
  try {
    authorize(policy, { kubeNamespace, namespaceLabels, privileged: isPrivileged(pod), hostNetwork: pod.spec?.hostNetwork === true }, wish)
  } catch (error) {
    const labelsMatter = policy.rules.some(({ namespaces }) => 'matchLabels' in namespaces)
    if (error instanceof RefusedError && labelsMatter && namespaceLabels === undefined)
      throw new UndecidedError(`the labels of the Kubernetes namespace ${kubeNamespace} are not known yet, and the policy asks for them`)
    throw error
  }
  return wish
}

/** Errors: EgressRouterError `ELINK` (no such parent). */
export const attachmentOf = (pod: V1Pod, wish: Wish, sandbox: Sandbox): Attachment => ({
  ...attachmentFor(wish, sandbox),
  pod: referenceOf(pod),
  origin: 'annotations'
})

/** Errors: EgressRouterError `ELINK` (no such parent). */
export const attachmentFor = ({ parent, router }: Wish, { containerId, namespace }: Sandbox): Attachment => ({
  id: attachmentId(containerId, FIRST_INTERFACE),
  namespace,
  link: { name: LINK, parent: findParent(parent), mode: 'private' },
  settings: router?.values
})

/** Whether anything is to be done for a pod at all. */
export const asks = ({ metadata }: V1Pod): boolean =>
  Object.values(annotations).some(name => name !== annotations.status && metadata?.annotations?.[name] !== undefined)
