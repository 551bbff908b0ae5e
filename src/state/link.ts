import type { Mac } from '../ip/mac.ts'
import type { ResourceType, Verb } from './resource.ts'

export type MacvlanMode = 'private' | 'vepa' | 'bridge' | 'passthru'

/** How a macvlan is made: on which parent and how it behaves. */
export interface MacvlanCreation {
  readonly parent: string
  readonly mode: MacvlanMode
  readonly mtu?: number | undefined
  /** The namespace it is made for, as `ip` would be told, when the parent is in another one. */
  readonly namespace?: string | undefined
}

/** The link that carries the reserved addresses, as it should be. */
export interface Link {
  readonly name: string
  readonly up: boolean
  /** How to make it when it is not there. Absent: somebody else makes it, and it is used as it comes. */
  readonly creation?: MacvlanCreation | undefined
  readonly mtu?: number | undefined
}

export interface ObservedLink extends Link {
  readonly index: number
  readonly mac?: Mac | undefined
  readonly mtu: number
  readonly kind?: string | undefined
  readonly mode?: MacvlanMode | 'source' | undefined
  /** Whether the link can carry packets: IFF_LOWER_UP. */
  readonly carrier: boolean
  readonly operationalState: string
  readonly alias?: string | undefined
  /** Ours, and broken off before it was whole. */
  readonly halfMade?: true | undefined
  /** Index of the parent, in the namespace `parentNamespaceId` (absent: this one). The kernel may leave either out. */
  readonly parentIndex?: number | undefined
  readonly parentNamespaceId?: number | undefined
  readonly masterIndex?: number | undefined
}

/** The mark on a link that we made: its alias (ip link set alias). */
export const OWNED_ALIAS = 'egress-router'

/** Group of a link of ours until it has its alias (ip link set group): what is found in it was broken off, and is thrown away. */
export const HALF_MADE_GROUP = 0x65677200

/** Name that a link has until it is whole, where its own is refused although nobody in its namespace has it. */
export const TEMPORARY_NAME = 'egr-new'

export const link: ResourceType<Link, ObservedLink> = {
  kind: 'link',
  key: resource => resource.name,
  equal: (desired, observed) => desired.up === observed.up && (desired.mtu === undefined || desired.mtu === observed.mtu),
  owned: observed => observed.alias === OWNED_ALIAS || observed.halfMade === true,
  command(verb: Verb, resource) {
    if (verb === 'delete') return `ip link delete dev ${resource.name}`
    if (verb === 'add' && resource.creation) return creationCommand(resource.name, resource.creation)
    return `ip link set dev ${resource.name}${resource.mtu === undefined ? '' : ` mtu ${resource.mtu}`} ${resource.up ? 'up' : 'down'}`
  }
}

function creationCommand(name: string, { parent, mode, mtu, namespace }: MacvlanCreation): string {
  const size = mtu === undefined ? '' : ` mtu ${mtu}`
  const where = namespace === undefined ? '' : ` netns ${namespace}`
  const alias = `ip ${namespace === undefined ? '' : `-n ${namespace} `}link set dev ${name} alias ${OWNED_ALIAS}`
  return `ip link add link ${parent} name ${name}${size}${where} type macvlan mode ${mode} && ${alias}`
}
