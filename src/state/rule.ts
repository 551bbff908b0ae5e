import type { Family } from '../ip/family.ts'
import type { ResourceType } from './resource.ts'

/** A policy routing rule that sends packets to a table. */
export interface Rule {
  readonly family: Family
  readonly priority: number
  readonly table: number
  /** Packet mark, always with its mask. */
  readonly mark?: number | undefined
  readonly mask?: number | undefined
  /** Source network `ADDRESS/LENGTH`. */
  readonly from?: string | undefined
  readonly protocol: number
}

export interface ObservedRule extends Rule {
  /** Whether the rule has selectors or an action beyond what `Rule` can say; such a one is never ours. */
  readonly complex: boolean
}

const hex = (number: number) => `0x${number.toString(16)}`

export const rule: ResourceType<Rule, ObservedRule> = {
  kind: 'rule',
  key: ({ family, priority, mark, mask, from }) => `${family} ${priority} ${from ?? ''} ${mark ?? ''}/${mask ?? ''}`,
  equal: (desired, observed) => desired.table === observed.table && desired.protocol === observed.protocol && !observed.complex,
  owned: (observed, protocol) => observed.protocol === protocol && !observed.complex,
  command(verb, { family, priority, table, mark, mask, from, protocol }) {
    const words = [family === 'ipv6' ? 'ip -6 rule' : 'ip rule', verb === 'delete' ? 'del' : 'add']
    if (from !== undefined) words.push('from', from)
    if (mark !== undefined) words.push('fwmark', `${hex(mark)}/${hex(mask ?? 0xffff_ffff)}`)
    words.push('lookup', String(table), 'priority', String(priority), 'protocol', String(protocol))
    return words.join(' ')
  }
}
