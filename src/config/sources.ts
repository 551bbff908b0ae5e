import type { ConfigIssue } from '../errors.ts'
import { type Address, familyOf } from '../ip/address.ts'
import { bitsOf, families } from '../ip/family.ts'
import { networkOf, sharesPrefix } from '../ip/prefix.ts'
import { familyName, specialUse } from './address.ts'
import { type Found, issueAt } from './place.ts'
import type { HostAddress, Source } from './shape.ts'
import { addressesOf, roleInNetwork, type SourceAddress } from './source-address.ts'

/**
 * Gives every source the gateway of its family. A list that could not be read whole is not blamed for what it may lack.
 *
 * @param several whether a family may have more addresses than its source, the first one
 */
export function pairSources(
  addresses: { readonly found: readonly Found<SourceAddress>[]; readonly whole: boolean },
  gateways: { readonly found: readonly Found<Address>[]; readonly whole: boolean },
  several: boolean
): { sources: Source[]; issues: ConfigIssue[]; warnings: ConfigIssue[] } {
  const sources: Source[] = []
  const issues: ConfigIssue[] = []
  const warnings: ConfigIssue[] = []
  for (const family of families) {
    const name = familyName(family)
    const [source, ...further] = addresses.found.filter(({ value }) => value.family === family)
    const [gateway, secondGateway] = gateways.found.filter(({ value }) => familyOf(value) === family)
    const [secondSource] = further
    if (secondSource && !several)
      issues.push(issueAt(secondSource, `EGRESS_SOURCE unspecified or invalid: a second ${name} address, one of each family can be used`))
    if (source && several) issues.push(...repeated([source, ...further]))
    if (secondGateway)
      issues.push(issueAt(secondGateway, `EGRESS_GATEWAY unspecified or invalid: a second ${name} address, one of each family can be used`))
    if (source && gateway) {
      const more = further.map(({ value: { address, prefix } }) => ({ address, prefix }))
      const paired = { ...source.value, gateway: gateway.value, ...(more.length > 0 && { further: more }) }
      const { message, warning } = whyNoPair(paired)
      if (message) issues.push(issueAt(gateway, `EGRESS_GATEWAY unspecified or invalid: ${message}`))
      if (warning) warnings.push(issueAt(gateway, warning))
      sources.push(paired)
    } else if (source && gateways.whole) {
      issues.push(
        issueAt(
          { source: 'EGRESS_GATEWAY' },
          `EGRESS_GATEWAY unspecified or invalid: no ${name} gateway for the source ${source.value.address}`
        )
      )
    } else if (gateway && addresses.whole) {
      issues.push(
        issueAt(gateway, `EGRESS_GATEWAY unspecified or invalid: ${gateway.value} is an ${name} gateway, and there is no ${name} source`)
      )
    }
  }
  return { sources, issues, warnings }
}

function repeated(addresses: readonly Found<SourceAddress>[]): ConfigIssue[] {
  return addresses
    .filter(({ value }, n) => addresses.findIndex(other => other.value.address === value.address) < n)
    .map(place => issueAt(place, `EGRESS_SOURCE unspecified or invalid: ${place.value.address} stands there twice`))
}

function whyNoPair(source: Source): { message?: string; warning?: string } {
  const { family, gateway } = source
  const addresses = addressesOf(source)
  if (gateway === source.address) return { message: `${gateway} is the source address itself` }
  if (addresses.some(({ address }) => address === gateway)) return { message: `${gateway} is an address of the router itself` }
  const networks = addresses.filter(({ prefix }) => prefix !== bitsOf(family))
  if (networks.length === 0 || specialUse(gateway) === 'link-local') return {}
  const near = networks.find(({ address, prefix }) => sharesPrefix(gateway, address, prefix))
  if (!near) return { warning: `${gateway} lies outside ${list(networks)}; it will be reached through the link all the same` }
  const role = family === 'ipv4' ? roleInNetwork(gateway, near.prefix) : undefined
  return role ? { message: `${gateway} is the ${role} of ${networkOf(gateway, near.prefix)}` } : {}
}

const list = (networks: readonly HostAddress[]) =>
  [...new Set(networks.map(({ address, prefix }) => networkOf(address, prefix)))].join(' and ')
