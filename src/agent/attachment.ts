import type { ConfigValues } from '../config/layer.ts'
import { parseConfig } from '../config/load.ts'
import type { EgressConfig } from '../config/shape.ts'
import type { MacvlanMode } from '../state/link.ts'

/** A macvlan link in a pod, on a parent in the agent's own namespace. */
export interface AttachmentLink {
  readonly name: string
  readonly parent: string
  readonly mode: MacvlanMode
  /** The parent's when absent. */
  readonly mtu?: number | undefined
}

export interface PodIdentity {
  readonly kubeNamespace: string
  readonly name: string
  readonly uid?: string | undefined
}

/** How a container runtime names an attachment: garbage collection compares within one network. */
export interface CniIdentity {
  readonly network: string
  readonly containerId: string
  /** CNI_IFNAME. */
  readonly interface: string
}

/**
 * What the agent makes in one pod and looks after: a link, and with `settings` a whole router on it. Plain data, as it is kept in a file
 * across restarts and upgrades of the agent.
 */
export interface Attachment {
  /** Names it for ever; whoever knows the sandbox and the interface makes it with `attachmentId`. */
  readonly id: string
  /** Path of the pod's network namespace. */
  readonly namespace: string
  readonly link: AttachmentLink
  /**
   * Source, gateway, destinations and what else `parseConfig` takes as `values`; the link's own settings come from `link`. Of several
   * addresses of a family in `source` the first is the source.
   */
  readonly settings?: ConfigValues | undefined
  readonly pod?: PodIdentity | undefined
  readonly cni?: CniIdentity | undefined
  /** What it was made for: the annotations of a pod, and when these are gone it goes, too. */
  readonly origin?: 'annotations' | undefined
}

/** The one name of an attachment, whether the runtime asks for it (CNI) or the pod was found otherwise (sandbox id and `eth0`). */
export const attachmentId = (containerId: string, cniInterface: string): string => `${containerId}/${cniInterface}`

/** The router that an attachment means, if it means one. Errors: ConfigError with every problem. */
export function configOf({ link, settings }: Pick<Attachment, 'link' | 'settings'>): EgressConfig | undefined {
  if (settings === undefined) return undefined
  const { name, parent, mode, mtu } = link
  return parseConfig({ values: { ...settings, interface: name, parent, macvlanMode: mode, mtu }, severalAddresses: true }).config
}
