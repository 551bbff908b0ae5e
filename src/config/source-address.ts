import { type Address, addressBytes, familyOf } from '../ip/address.ts'
import { bitsOf, type Family } from '../ip/family.ts'
import { networkOf, splitPrefix } from '../ip/prefix.ts'
import { describeUse, readAddress, specialUse } from './address.ts'
import { quote, Refusal, refuse } from './refusal.ts'
import type { HostAddress, Source } from './shape.ts'

/** A source address whose gateway is still to be found. */
export type SourceAddress = Omit<Source, 'gateway' | 'further'>

/** Every address that the link carries for a source, the source itself first. */
export const addressesOf = (source: Source): readonly HostAddress[] => [source, ...(source.further ?? [])]

/** Those of all sources, or of the sources of one family. */
export const sourceAddresses = (sources: readonly Source[], family?: Family): readonly Address[] =>
  sources
    .filter(source => family === undefined || source.family === family)
    .flatMap(source => addressesOf(source).map(entry => entry.address))

/** `ADDRESS[/PREFIX]` of a host that can be ours. */
export function readSourceAddress(text: string): SourceAddress | Refusal {
  const slash = text.indexOf('/')
  const address = readAddress(slash < 0 ? text : text.slice(0, slash))
  if (address instanceof Refusal) return address
  const family = familyOf(address)
  const use = specialUse(address)
  if (use) return refuse(`${describeUse(address, use)}, no source for connections to other networks`)
  const prefix = slash < 0 ? bitsOf(family) : readPrefixLength(text.slice(slash + 1), bitsOf(family))
  if (prefix instanceof Refusal) return prefix
  const role = roleInNetwork(address, prefix)
  return role ? refuse(`${address} is the ${role} of ${networkOf(address, prefix)}, not a host in it`) : { family, address, prefix }
}

/** The next hop on the LAN: an IPv6 gateway is often a link-local one, and clouds have such gateways for IPv4. */
export function readGateway(text: string): Address | Refusal {
  const address = readAddress(text)
  if (address instanceof Refusal) return address
  const use = specialUse(address)
  return use && use !== 'link-local' ? refuse(`${describeUse(address, use)}, no next hop`) : address
}

function readPrefixLength(text: string, bits: number): number | Refusal {
  if (!/^\d+$/.test(text)) return refuse(`prefix length ${quote(text)} is not a whole number`)
  if (/^0\d/.test(text)) return refuse(`prefix length ${text} has a leading zero`)
  if (text === '0') return refuse('a prefix length of 0 would put every address on the LAN')
  return Number(text) <= bits ? Number(text) : refuse(`prefix length ${quote(text)} is above ${bits}`)
}

/** What an address is when its host bits are all zero or all one; point-to-point prefixes have no such addresses. */
export function roleInNetwork(address: Address, prefix: number): string | undefined {
  const family = familyOf(address)
  if (prefix > bitsOf(family) - 2) return undefined
  if (splitPrefix(networkOf(address, prefix)).address === address)
    return family === 'ipv4' ? 'network address' : 'subnet-router anycast address'
  if (family === 'ipv6') return undefined
  const host = addressBytes(address).reduce((value, byte) => value * 256 + byte, 0) % 2 ** (32 - prefix)
  return host === 2 ** (32 - prefix) - 1 ? 'broadcast address' : undefined
}
