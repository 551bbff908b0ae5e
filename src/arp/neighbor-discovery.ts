import { type Address, addressBytes, formatAddress } from '../ip/address.ts'
import { formatMac, type Mac, macBytes } from '../ip/mac.ts'
import { ETH_P_IPV6, ETHERNET_HEADER, frame } from './ethernet.ts'

const IPV6_HEADER = 40
const ICMPV6 = 58
const NEIGHBOR_SOLICITATION = 135
const NEIGHBOR_ADVERTISEMENT = 136
const SOURCE_LINK_LAYER = 1
const TARGET_LINK_LAYER = 2
const OVERRIDE = 0x20000000
const ALL_NODES: Address = 'ff02::1'

/** An unsolicited neighbour advertisement to all nodes, with the override flag (RFC 4861 section 7.2.6). */
export function unsolicitedAdvertisement(mac: Mac, address: Address): Uint8Array {
  return packet(mac, address, ALL_NODES, NEIGHBOR_ADVERTISEMENT, OVERRIDE, address, TARGET_LINK_LAYER)
}

/** A neighbour solicitation in the name of an address that is ours (RFC 4861 section 4.3). */
export function solicitation(mac: Mac, own: Address, wanted: Address): Uint8Array {
  const group = addressBytes('ff02::1:ff00:0')
  group.set(addressBytes(wanted).subarray(13), 13)
  return packet(mac, own, formatAddress(group), NEIGHBOR_SOLICITATION, 0, wanted, SOURCE_LINK_LAYER)
}

/** What a neighbour advertisement says: who holds an address. */
export interface Advertisement {
  readonly address: Address
  readonly mac: Mac
}

/** The neighbour advertisement in an Ethernet frame, or undefined for anything else. */
export function parseAdvertisement(bytes: Uint8Array): Advertisement | undefined {
  const icmp = ETHERNET_HEADER + IPV6_HEADER
  if (bytes.length < icmp + 24) return undefined
  const type = ((bytes[12] as number) << 8) | (bytes[13] as number)
  if (type !== ETH_P_IPV6 || bytes[ETHERNET_HEADER + 6] !== ICMPV6 || bytes[icmp] !== NEIGHBOR_ADVERTISEMENT) return undefined
  return { address: formatAddress(bytes.subarray(icmp + 8, icmp + 24)), mac: formatMac(bytes.subarray(6, 12)) }
}

/** One neighbour discovery message with its one link-layer option. */
function packet(mac: Mac, source: Address, destination: Address, type: number, flags: number, target: Address, option: number): Uint8Array {
  const message = new Uint8Array(32)
  const view = new DataView(message.buffer)
  view.setUint8(0, type)
  view.setUint32(4, flags)
  message.set(addressBytes(target), 8)
  view.setUint8(24, option)
  view.setUint8(25, 1) // length in units of eight bytes
  message.set(macBytes(mac), 26)
  const ip = new Uint8Array(IPV6_HEADER + message.length)
  const header = new DataView(ip.buffer)
  header.setUint8(0, 0x60)
  header.setUint16(4, message.length)
  header.setUint8(6, ICMPV6)
  header.setUint8(7, 255) // the receiver refuses anything that was routed
  ip.set(addressBytes(source), 8)
  ip.set(addressBytes(destination), 24)
  view.setUint16(2, checksum(ip.subarray(8, 40), message))
  ip.set(message, IPV6_HEADER)
  const multicast = addressBytes(destination).subarray(12)
  return frame(`33:33:${formatMac(multicast)}`, mac, ETH_P_IPV6, ip)
}

/** The Internet checksum over the pseudo header and the message (RFC 4443 section 2.3). */
function checksum(addresses: Uint8Array, message: Uint8Array): number {
  let sum = message.length + ICMPV6
  for (const part of [addresses, message]) {
    for (let i = 0; i < part.length; i += 2) sum += ((part[i] as number) << 8) | (part[i + 1] ?? 0)
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}
