import type { ConfigIssue } from '../errors.ts'
import { type Address, familyOf } from '../ip/address.ts'
import { bitsOf, families } from '../ip/family.ts'
import { networkOf, sharesPrefix } from '../ip/prefix.ts'
import { familyName, specialUse } from './address.ts'
import { type Found, issueAt } from './place.ts'
import type { Source } from './shape.ts'
import { roleInNetwork, type SourceAddress } from './source-address.ts'

/** Gives every source the gateway of its family. A list that could not be read whole is not blamed for what it may lack. */
export function pairSources(
  addresses: { readonly found: readonly Found<SourceAddress>[]; readonly whole: boolean },
  gateways: { readonly found: readonly Found<Address>[]; readonly whole: boolean }
): { sources: Source[]; issues: ConfigIssue[]; warnings: ConfigIssue[] } {
  const sources: Source[] = []
  const issues: ConfigIssue[] = []
  const warnings: ConfigIssue[] = []
  for (const family of families) {
    const name = familyName(family)
    const [source, secondSource] = addresses.found.filter(({ value }) => value.family === family)
    const [gateway, secondGateway] = gateways.found.filter(({ value }) => familyOf(value) === family)
    if (secondSource)
      issues.push(issueAt(secondSource, `EGRESS_SOURCE unspecified or invalid: a second ${name} address, one of each family can be used`))
    if (secondGateway)
      issues.push(issueAt(secondGateway, `EGRESS_GATEWAY unspecified or invalid: a second ${name} address, one of each family can be used`))
    if (source && gateway) {
      const { message, warning } = whyNoPair(source.value, gateway.value)
      if (message) issues.push(issueAt(gateway, `EGRESS_GATEWAY unspecified or invalid: ${message}`))
      if (warning) warnings.push(issueAt(gateway, warning))
      sources.push({ ...source.value, gateway: gateway.value })
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

function whyNoPair(source: SourceAddress, gateway: Address): { message?: string; warning?: string } {
  if (gateway === source.address) return { message: `${gateway} is the source address itself` }
  const alone = source.prefix === bitsOf(source.family)
  if (alone || specialUse(gateway) === 'link-local') return {}
  if (!sharesPrefix(gateway, source.address, source.prefix)) {
    return {
      warning: `${gateway} lies outside ${networkOf(source.address, source.prefix)}; it will be reached through the link all the same`
    }
  }
  const role = source.family === 'ipv4' ? roleInNetwork(gateway, source.prefix) : undefined
  return role ? { message: `${gateway} is the ${role} of ${networkOf(gateway, source.prefix)}` } : {}
}
