import { AF_NETLINK } from '../sys/syscalls.ts'

/** struct sockaddr_nl of <linux/netlink.h>. */
export const SOCKADDR_SIZE = 12
export function sockaddr(groups: number): Uint8Array {
  const bytes = new Uint8Array(SOCKADDR_SIZE)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, AF_NETLINK, true)
  view.setUint32(8, groups, true)
  return bytes
}

/** Port of a struct sockaddr_nl: of a received message, its sender. */
export const portOf = (address: Uint8Array): number => new DataView(address.buffer, address.byteOffset).getUint32(4, true)
