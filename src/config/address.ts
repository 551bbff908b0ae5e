import { type Address, addressBytes, familyOf, parseAddress } from '../ip/address.ts'
import type { Family } from '../ip/family.ts'
import { quote, type Refusal, refuse } from './refusal.ts'

/** What keeps an address from being one host on the network. */
export type SpecialUse = 'unspecified' | 'loopback' | 'multicast' | 'broadcast' | 'link-local'

/** `IPv4` or `IPv6`, as people write it. */
export const familyName = (family: Family): string => (family === 'ipv4' ? 'IPv4' : 'IPv6')

/** The canonical address, or the reason why `text` is none: no prefix, no zone, no leading zeros, no IPv4 in IPv6 clothes. */
export function readAddress(text: string): Address | Refusal {
  const address = parseAddress(text)
  if (address === undefined) return refuse(whyNoAddress(text))
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)
  return mapped ? refuse(`${text} is an IPv4-mapped IPv6 address`, `write ${mapped[1]}`) : address
}

/** The special use that the range of `address` is set aside for, if any. */
export function specialUse(address: Address): SpecialUse | undefined {
  const bytes = addressBytes(address)
  const [a, b] = bytes as unknown as [number, number]
  if (familyOf(address) === 'ipv6') {
    if (address === '::') return 'unspecified'
    if (address === '::1') return 'loopback'
    if (a === 0xff) return 'multicast'
    return a === 0xfe && (b & 0xc0) === 0x80 ? 'link-local' : undefined
  }
  if (a === 0) return 'unspecified'
  if (a === 127) return 'loopback'
  if (a >= 224 && a < 240) return 'multicast'
  if (address === '255.255.255.255') return 'broadcast'
  return a === 169 && b === 254 ? 'link-local' : undefined
}

/** `127.0.0.1 is a loopback address`. */
export const describeUse = (address: Address, use: SpecialUse): string =>
  `${address} is ${use === 'unspecified' ? 'an' : 'a'} ${use} address`

/** Whether a text is meant as an IPv4 address, right or wrong: `10.1.2`, `999.4.5.6`, `010.1.1.1`. */
export const resemblesIPv4 = (text: string): boolean => /^[\d.]+$/.test(text)

/** The reason why `text` is no address. */
export function whyNoAddress(text: string): string {
  if (text === '') return 'an address is missing'
  if (text.includes('/')) return `${quote(text)} is not a single address: a prefix length does not belong here`
  if (text.includes('%')) return `${quote(text)} names a zone, which is not needed: the link is known`
  if (resemblesIPv4(text)) return `${quote(text)} is not an IPv4 address: ${whyNoIPv4(text)}`
  return `${quote(text)} is not an ${text.includes(':') ? 'IPv6' : 'IP'} address`
}

function whyNoIPv4(text: string): string {
  const parts = text.split('.')
  if (parts.length !== 4) return `it has ${parts.length === 1 ? '1 number' : `${parts.length} numbers`} instead of 4`
  const wrong = parts.find(part => !/^(0|[1-9]\d*)$/.test(part) || Number(part) > 255)
  if (wrong === undefined || wrong === '') return 'a number is missing'
  return /^0\d/.test(wrong) ? `${wrong} has a leading zero, which some programs read as octal` : `${wrong} is above 255`
}
