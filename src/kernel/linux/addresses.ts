import { familyOf } from '../../ip/address.ts'
import { NLM_F_CREATE, NLM_F_EXCL } from '../../netlink/header.ts'
import type { Unnamed } from '../../netlink/request.ts'
import type { NetlinkSocket } from '../../netlink/socket.ts'
import {
  addressFormat,
  IFA_F_DADFAILED,
  IFA_F_NODAD,
  IFA_F_NOPREFIXROUTE,
  IFA_F_TENTATIVE,
  RTM_DELADDR,
  RTM_GETADDR,
  RTM_NEWADDR
} from '../../rtnetlink/address.ts'
import type { LinkAddress, ObservedAddress } from '../../state/address.ts'
import { AF_INET, AF_INET6 } from '../../sys/syscalls.ts'

/** All addresses of the socket's namespace, IPv4 and IPv6. */
export function dumpAddresses(socket: NetlinkSocket, nameOf: (index: number) => string): ObservedAddress[] {
  return socket.dump({ command: 'ip addr show', type: RTM_GETADDR, format: addressFormat, brief: true }).flatMap(({ header, values }) => {
    // on a point-to-point link IFA_ADDRESS is the peer
    const address = values.local ?? values.address
    if (address === undefined) return []
    const flags = values.flags ?? header.flags
    return [
      {
        link: nameOf(header.index),
        address,
        prefix: header.prefixLength,
        noPrefixRoute: (flags & IFA_F_NOPREFIXROUTE) !== 0,
        tentative: (flags & IFA_F_TENTATIVE) !== 0,
        dadFailed: (flags & IFA_F_DADFAILED) !== 0,
        protocol: values.protocol,
        scope: header.scope
      }
    ]
  })
}

/** Adding or deleting an address on the link with `index`. */
export function addressRequest(verb: 'add' | 'delete', resource: LinkAddress, index: number): Unnamed {
  const { address, prefix, noPrefixRoute, noDad, protocol } = resource
  const family = familyOf(address) === 'ipv4' ? AF_INET : AF_INET6
  if (verb === 'delete') {
    return {
      type: RTM_DELADDR,
      format: addressFormat,
      header: { family, prefixLength: prefix, index },
      values: { local: address, address }
    }
  }
  const flags = (noPrefixRoute ? IFA_F_NOPREFIXROUTE : 0) | (noDad && address.includes(':') ? IFA_F_NODAD : 0)
  return {
    type: RTM_NEWADDR,
    flags: NLM_F_CREATE | NLM_F_EXCL,
    format: addressFormat,
    header: { family, prefixLength: prefix, index, scope: scopeOf(address) },
    values: { local: address, address, flags, ...(protocol === undefined ? {} : { protocol }) }
  }
}

/** RT_SCOPE_LINK for link-local IPv4 (as ip(8) does not guess, but the kernel expects), global for the rest. */
const scopeOf = (address: string) => (address.startsWith('169.254.') ? 253 : 0)
