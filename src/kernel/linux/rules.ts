import { splitPrefix } from '../../ip/prefix.ts'
import type { Values } from '../../netlink/attribute.ts'
import { NLM_F_CREATE, NLM_F_EXCL } from '../../netlink/header.ts'
import type { Unnamed } from '../../netlink/request.ts'
import type { NetlinkSocket } from '../../netlink/socket.ts'
import { FR_ACT_TO_TBL, RTM_DELRULE, RTM_GETRULE, RTM_NEWRULE, type ruleAttributes, ruleFormat } from '../../rtnetlink/rule.ts'
import type { ObservedRule, Rule } from '../../state/rule.ts'
import { AF_INET, AF_INET6 } from '../../sys/syscalls.ts'

/** Attributes of a rule that `Rule` can say; any other makes it complex. */
const plain = new Set(['source', 'priority', 'mark', 'mask', 'table', 'protocol', 'suppressPrefixLength', 'suppressGroup', 'flow'])
const FIB_RULE_INVERT = 2
const NO_SUPPRESSION = 0xffff_ffff

/** All policy routing rules of the socket's namespace, IPv4 and IPv6. */
export function dumpRules(socket: NetlinkSocket): ObservedRule[] {
  return socket.dump({ command: 'ip rule show', type: RTM_GETRULE, format: ruleFormat, brief: true }).flatMap(({ header, values }) => {
    const family = header.family === AF_INET ? 'ipv4' : header.family === AF_INET6 ? 'ipv6' : undefined
    if (family === undefined) return []
    return [
      {
        family,
        priority: values.priority ?? 0,
        table: values.table ?? header.table,
        mark: values.mark,
        mask: values.mark === undefined ? undefined : (values.mask ?? 0xffff_ffff),
        from: values.source === undefined ? undefined : `${values.source}/${header.sourceLength}`,
        protocol: values.protocol ?? 0,
        complex: isComplex(header, values)
      }
    ]
  })
}

function isComplex(
  header: { action: number; flags: number; tos: number; destinationLength: number },
  values: Values<typeof ruleAttributes>
): boolean {
  const { action, flags, tos, destinationLength } = header
  if (action !== FR_ACT_TO_TBL || flags & FIB_RULE_INVERT || tos !== 0 || destinationLength !== 0) return true
  if ((values.suppressPrefixLength ?? NO_SUPPRESSION) !== NO_SUPPRESSION || values.suppressGroup !== undefined) return true
  return Object.keys(values).some(key => !key.startsWith('#') && !plain.has(key))
}

/** Adding or deleting a rule. */
export function ruleRequest(verb: 'add' | 'delete', resource: Rule): Unnamed {
  const { family, priority, table, mark, mask, from, protocol } = resource
  const values: Values<typeof ruleAttributes> = { priority, table, protocol }
  const header = { family: family === 'ipv4' ? AF_INET : AF_INET6, sourceLength: 0, table: table < 256 ? table : 0, action: FR_ACT_TO_TBL }
  if (from !== undefined) {
    const { address, length } = splitPrefix(from)
    header.sourceLength = length
    values.source = address
  }
  if (mark !== undefined) {
    values.mark = mark
    if (mask !== undefined) values.mask = mask
  }
  const add = verb === 'add'
  return {
    type: add ? RTM_NEWRULE : RTM_DELRULE,
    flags: add ? NLM_F_CREATE | NLM_F_EXCL : 0,
    format: ruleFormat,
    header,
    values
  }
}
