import { EgressRouterError } from '../errors.ts'
import { openLinux } from '../kernel/linux.ts'
import { type MacvlanMode, type ObservedLink, OWNED_ALIAS } from '../state/link.ts'

/** A macvlan link to be made for a pod, from outside. */
export interface LinkRequest {
  /** The pod's network namespace: a path, a process id or a name. */
  readonly namespace: string | number
  /** Name of the link in the pod. */
  readonly name: string
  /** Name of the parent link, in `parentNamespace` (the process' own when absent). */
  readonly parent: string
  readonly parentNamespace?: string | number | undefined
  readonly mode?: MacvlanMode | undefined
  /** At most the parent's, which is the default. */
  readonly mtu?: number | undefined
}

/**
 * Makes a macvlan link straight in a pod's namespace, down and without an address. After an error nothing is left; what an
 * earlier attempt left when it was killed is made anew. A link of ours that is there already is given back as it is.
 *
 * Errors: EgressRouterError `EUSAGE` (no such namespace), `ECAPABILITY`, `ELINK` (no such parent, a bridge port, an MTU above the
 * parent's, a name that is taken).
 */
export function createLink({ namespace, name, parent, parentNamespace, mode = 'private', mtu }: LinkRequest): ObservedLink {
  using kernel = openLinux({ namespace, parentNamespace })
  const find = () => kernel.link(name)
  const present = find()
  if (present?.alias === OWNED_ALIAS) return present
  if (present && !present.halfMade) {
    throw new EgressRouterError('ELINK', `the namespace has a link ${name} already, and it is not ours`, {
      hint: 'give the link another name'
    })
  }
  kernel.apply({
    kind: 'link',
    verb: 'add',
    resource: { name, up: false, creation: { parent, mode, mtu, namespace: kernel.foreignNamespace } }
  })
  const made = find()
  if (!made) throw new EgressRouterError('ELINK', `link ${name} vanished as soon as it was made`)
  return made
}
