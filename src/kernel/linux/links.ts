import { NetlinkError } from '../../netlink/acknowledgement.ts'
import type { Values } from '../../netlink/attribute.ts'
import { NLM_F_CREATE, NLM_F_EXCL } from '../../netlink/header.ts'
import type { Decoded, Unnamed } from '../../netlink/request.ts'
import type { NetlinkSocket } from '../../netlink/socket.ts'
import {
  IFF_LOWER_UP,
  IFF_UP,
  type linkAttributes,
  linkFormat,
  macvlanModes,
  operationalStates,
  RTEXT_FILTER_SKIP_STATS,
  RTM_DELLINK,
  RTM_GETLINK,
  RTM_NEWLINK
} from '../../rtnetlink/link.ts'
import { HALF_MADE_GROUP, type MacvlanMode, type ObservedLink } from '../../state/link.ts'
import { errno } from '../../sys/errno.ts'
import { linkIndexOf } from '../../sys/syscalls.ts'

type LinkHeader = Decoded<Parameters<typeof linkFormat.header.encode>[0], typeof linkAttributes>
type LinkValues = Values<typeof linkAttributes>

/** All links of the socket's namespace. */
export function dumpLinks(socket: NetlinkSocket): ObservedLink[] {
  return socket
    .dump({
      command: 'ip link show',
      type: RTM_GETLINK,
      format: linkFormat,
      brief: true,
      values: { extendedMask: RTEXT_FILTER_SKIP_STATS }
    })
    .map(({ header, values }) => observedLink(header.index, header.flags, values))
}

/** Index of a link by its name, or undefined when there is none. */
export const linkIndex = (socket: NetlinkSocket, name: string): number | undefined => linkIndexOf(socket.fd, name)

/** One link by its name, or undefined when there is none. */
export function getLink(socket: NetlinkSocket, name: string): ObservedLink | undefined {
  const values: LinkValues = { name, extendedMask: RTEXT_FILTER_SKIP_STATS }
  const request = { command: `ip link show dev ${name}`, type: RTM_GETLINK, format: linkFormat, brief: true, values }
  try {
    const [found] = socket.request(request)
    // the kernel looks among other names of links, too
    return found && found.values.name === name ? observedLink(found.header.index, found.header.flags, found.values) : undefined
  } catch (error) {
    if (error instanceof NetlinkError && error.errno === errno.ENODEV) return undefined
    throw error
  }
}

function observedLink(index: number, flags: number, values: LinkValues): ObservedLink {
  const { info } = values
  const data = info?.data
  const mode = info?.kind === 'macvlan' && data && !(data instanceof Uint8Array) ? modeName(data.mode as number | undefined) : undefined
  // IFLA_LINK equals the link's own index on links without a parent, and may be missing on those with one elsewhere
  const parentIndex = values.link === index && values.linkNamespaceId === undefined ? undefined : values.link
  return {
    name: values.name ?? `if${index}`,
    index,
    up: (flags & IFF_UP) !== 0,
    carrier: (flags & IFF_LOWER_UP) !== 0,
    operationalState: operationalStates[values.operationalState ?? 0] ?? 'unknown',
    mtu: values.mtu ?? 0,
    mac: values.address,
    kind: info?.kind,
    mode,
    alias: values.alias,
    ...(values.group === HALF_MADE_GROUP && { halfMade: true as const }),
    parentIndex: parentIndex === 0 ? undefined : parentIndex,
    parentNamespaceId: values.linkNamespaceId,
    masterIndex: values.master
  }
}

const modeName = (mode: number | undefined) =>
  Object.entries(macvlanModes).find(([, number]) => number === mode)?.[0] as ObservedLink['mode']

export interface MacvlanRequest {
  readonly name: string
  readonly parentIndex: number
  readonly mode: MacvlanMode
  readonly mtu?: number | undefined
  /** Descriptor of the namespace the macvlan is to appear in, when it is another one than the socket's. */
  readonly namespaceFd?: number | undefined
}

/** Making a macvlan link, straight in its namespace, half-made until its alias says that it is ours. */
export function macvlanRequest({ name, parentIndex, mode, mtu, namespaceFd }: MacvlanRequest): Unnamed {
  const values: LinkValues = { name, link: parentIndex, group: HALF_MADE_GROUP }
  if (mtu !== undefined) values.mtu = mtu
  values.info = { kind: 'macvlan', data: { mode: macvlanModes[mode] } } as unknown as NonNullable<LinkValues['info']>
  if (namespaceFd !== undefined) values.namespaceFd = namespaceFd
  return { type: RTM_NEWLINK, flags: NLM_F_CREATE | NLM_F_EXCL, format: linkFormat, values }
}

/** Changing flags and attributes of a link by its index. */
export function linkRequest(index: number, change: { up?: boolean; values?: LinkValues }): Unnamed {
  const header: Partial<LinkHeader['header']> = { index }
  if (change.up !== undefined) {
    header.flags = change.up ? IFF_UP : 0
    header.change = IFF_UP
  }
  return { type: RTM_NEWLINK, format: linkFormat, header, values: change.values ?? {} }
}

export const linkDeletion = (index: number): Unnamed => ({ type: RTM_DELLINK, format: linkFormat, header: { index } })
