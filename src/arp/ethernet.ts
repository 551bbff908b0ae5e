import { type Mac, macBytes } from '../ip/mac.ts'

/** EtherTypes of <linux/if_ether.h>. */
export const ETH_P_ARP = 0x0806
export const ETH_P_IPV6 = 0x86dd
export const ETHERNET_HEADER = 14
export const BROADCAST: Mac = 'ff:ff:ff:ff:ff:ff'

/** An Ethernet II frame. */
export function frame(destination: Mac, source: Mac, type: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(ETHERNET_HEADER + payload.length)
  bytes.set(macBytes(destination), 0)
  bytes.set(macBytes(source), 6)
  new DataView(bytes.buffer).setUint16(12, type)
  bytes.set(payload, ETHERNET_HEADER)
  return bytes
}
