import { type Address, addressBytes, formatAddress } from '../ip/address.ts'
import { formatMac, type Mac, macBytes } from '../ip/mac.ts'
import { BROADCAST, ETH_P_ARP, ETHERNET_HEADER, frame } from './ethernet.ts'

/** An ARP message for IPv4 over Ethernet (RFC 826). */
export interface ArpMessage {
  readonly operation: 'request' | 'reply'
  readonly senderMac: Mac
  readonly senderAddress: Address
  readonly targetMac: Mac
  readonly targetAddress: Address
}

const SIZE = 28
const NOBODY: Mac = '00:00:00:00:00:00'
const UNSPECIFIED: Address = '0.0.0.0'

/** "Is anybody using this address?", without claiming it (RFC 5227 section 1.1). */
export const probe = (mac: Mac, address: Address): Uint8Array =>
  broadcast({ operation: 'request', senderMac: mac, senderAddress: UNSPECIFIED, targetMac: NOBODY, targetAddress: address })

/** "Who has this address?" in the name of an address that is ours. */
export const request = (mac: Mac, own: Address, wanted: Address): Uint8Array =>
  broadcast({ operation: 'request', senderMac: mac, senderAddress: own, targetMac: NOBODY, targetAddress: wanted })

/** "This address is mine now": some hosts update their cache from requests only, others from replies only, so there are both. */
export const announcements = (mac: Mac, address: Address): Uint8Array[] => [
  broadcast({ operation: 'request', senderMac: mac, senderAddress: address, targetMac: NOBODY, targetAddress: address }),
  broadcast({ operation: 'reply', senderMac: mac, senderAddress: address, targetMac: mac, targetAddress: address })
]

const broadcast = (message: ArpMessage) => frame(BROADCAST, message.senderMac, ETH_P_ARP, encode(message))

function encode({ operation, senderMac, senderAddress, targetMac, targetAddress }: ArpMessage): Uint8Array {
  const bytes = new Uint8Array(SIZE)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, 1) // Ethernet
  view.setUint16(2, 0x0800) // IPv4
  view.setUint8(4, 6)
  view.setUint8(5, 4)
  view.setUint16(6, operation === 'request' ? 1 : 2)
  bytes.set(macBytes(senderMac), 8)
  bytes.set(addressBytes(senderAddress), 14)
  bytes.set(macBytes(targetMac), 18)
  bytes.set(addressBytes(targetAddress), 24)
  return bytes
}

/** The ARP message in an Ethernet frame, or undefined for anything else. */
export function parseArp(bytes: Uint8Array): ArpMessage | undefined {
  if (bytes.length < ETHERNET_HEADER + SIZE) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const at = (offset: number) => ETHERNET_HEADER + offset
  const plain = view.getUint16(12) === ETH_P_ARP && view.getUint16(at(0)) === 1 && view.getUint16(at(2)) === 0x0800
  const operation = plain && view.getUint16(at(4)) === 0x0604 ? view.getUint16(at(6)) : 0
  if (operation !== 1 && operation !== 2) return undefined
  return {
    operation: operation === 1 ? 'request' : 'reply',
    senderMac: formatMac(bytes.subarray(at(8), at(14))),
    senderAddress: formatAddress(bytes.subarray(at(14), at(18))),
    targetMac: formatMac(bytes.subarray(at(18), at(24))),
    targetAddress: formatAddress(bytes.subarray(at(24), at(28)))
  }
}

/**
 * Whether a message shows that another host uses `address`, or is about to (RFC 5227 section 2.1.1): it speaks in its name, or probes
 * for it at the same time.
 */
export function contests(message: ArpMessage, address: Address, ownMac: Mac): boolean {
  if (message.senderMac === ownMac) return false
  if (message.senderAddress === address) return true
  return message.operation === 'request' && message.senderAddress === UNSPECIFIED && message.targetAddress === address
}
