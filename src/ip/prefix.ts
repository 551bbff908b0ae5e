import { type Address, addressBytes, familyOf, formatAddress } from './address.ts'
import { bitsOf } from './family.ts'

/** A network: canonical `ADDRESS/LENGTH` with all host bits zero. */
export type Prefix = string

/** The network that `address` lies in when the first `length` bits count: `networkOf('192.168.12.99', 24)` is `192.168.12.0/24`. */
export function networkOf(address: Address, length: number): Prefix {
  const bytes = addressBytes(address).map((byte, i) => byte & maskByte(length - 8 * i))
  return `${formatAddress(bytes)}/${length}`
}

/** Whether `address` lies in the network of `length` bits around `inside`; addresses of two families never do. */
export function sharesPrefix(address: Address, inside: Address, length: number): boolean {
  return familyOf(address) === familyOf(inside) && networkOf(address, length) === networkOf(inside, length)
}

/** The network that holds one address alone: `/32` or `/128`. */
export const hostPrefix = (address: Address): Prefix => `${address}/${bitsOf(familyOf(address))}`

/** Splits `ADDRESS/LENGTH` as the kernel objects carry it; without a length the whole address counts. */
export function splitPrefix(prefix: Prefix): { address: Address; length: number } {
  const [address = '', length] = prefix.split('/')
  return { address, length: length === undefined ? bitsOf(familyOf(address)) : Number(length) }
}

const maskByte = (bits: number): number => (bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff)
