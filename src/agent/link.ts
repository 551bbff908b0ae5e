import { EgressRouterError } from '../errors.ts'
import { type LinuxKernel, linkAtHome, openLinux } from '../kernel/linux.ts'
import { createLink } from '../router/create-link.ts'
import { type ObservedLink, OWNED_ALIAS } from '../state/link.ts'
import type { Attachment, AttachmentLink } from './attachment.ts'
import { identifyNamespace } from './place.ts'

/**
 * The link of an attachment, made when it is not there; one of ours that is not as it should be is made anew.
 *
 * Errors: as `createLink`.
 */
export function provideLink({ namespace, link }: Attachment): { readonly link: ObservedLink; readonly made: boolean } {
  using kernel = openLinux({ namespace })
  const present = kernel.link(link.name)
  const ours = present?.alias === OWNED_ALIAS
  if (ours && compareLink(link, present, linkAtHome(link.parent)).length === 0) return { link: present, made: false }
  if (ours) deleteLink(kernel, present)
  const { name, parent, mode, mtu } = link
  return { link: createLink({ namespace, name, parent, mode, mtu }), made: true }
}

/** Removes the link by that name if it is ours. */
export function removeLink(namespace: string, name: string): void {
  using kernel = openLinux({ namespace })
  deleteOurs(kernel, name)
}

/** The same, and whatever an agent that was killed has broken off: that may have another name. */
export function deleteOurs(kernel: LinuxKernel, name: string): void {
  for (const present of kernel.links())
    if (present.halfMade || (present.name === name && present.alias === OWNED_ALIAS)) deleteLink(kernel, present)
}

/** What the kernel knows to be ours, although no file says so; where there is no such namespace there is nothing. */
export function removeStray(namespace: string, name: string): void {
  try {
    identifyNamespace(namespace)
  } catch {
    return
  }
  removeLink(namespace, name)
}

const deleteLink = (kernel: LinuxKernel, link: ObservedLink) => kernel.apply({ kind: 'link', verb: 'delete', resource: link, before: link })

/** What is not as it should be, in words. */
export function compareLink(wanted: AttachmentLink, link: ObservedLink | undefined, parent: ObservedLink | undefined): string[] {
  const { name, mode, mtu } = wanted
  if (!link) return [`link ${name} is missing`]
  if (link.alias !== OWNED_ALIAS) return [`link ${name} is not ours`]
  const differences: string[] = []
  if (link.kind !== 'macvlan') differences.push(`link ${name} is a ${link.kind ?? 'link of another kind'}, not a macvlan`)
  else if (link.mode !== mode) differences.push(`link ${name} has mode ${link.mode}, not ${mode}`)
  if (!parent) differences.push(`parent ${wanted.parent} of link ${name} does not exist`)
  else if (link.parentIndex !== parent.index) differences.push(`link ${name} has another parent than ${wanted.parent}`)
  if (mtu !== undefined && link.mtu !== mtu) differences.push(`link ${name} has MTU ${link.mtu}, not ${mtu}`)
  return differences
}

/** The link of an attachment as the pod has it. Errors: EgressRouterError `ELINK`. */
export function observeLink({ namespace, link }: Attachment): ObservedLink {
  using kernel = openLinux({ namespace })
  const present = kernel.link(link.name)
  if (!present) throw new EgressRouterError('ELINK', `link ${link.name} vanished`)
  return present
}
