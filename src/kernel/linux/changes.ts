import { decodeAttributes } from '../../netlink/attribute.ts'
import type { RawMessage } from '../../netlink/message.ts'
import { NetlinkMonitor } from '../../netlink/monitor.ts'
import { NETLINK_NETFILTER, NETLINK_ROUTE } from '../../netlink/socket.ts'
import { isGeneration, messageTable, NFNLGRP_NFTABLES } from '../../nftables/events.ts'
import { generationAttributes } from '../../nftables/messages.ts'
import { RTM_DELADDR, RTM_NEWADDR, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR } from '../../rtnetlink/address.ts'
import { RTM_DELLINK, RTM_NEWLINK, RTNLGRP_LINK } from '../../rtnetlink/link.ts'
import { RTM_DELROUTE, RTM_NEWROUTE, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE } from '../../rtnetlink/route.ts'
import { RTM_DELRULE, RTM_NEWRULE, RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE } from '../../rtnetlink/rule.ts'
import type { Change } from '../kernel.ts'

const kinds = new Map<number, Change['kind']>([
  [RTM_NEWLINK, 'link'],
  [RTM_DELLINK, 'link'],
  [RTM_NEWADDR, 'address'],
  [RTM_DELADDR, 'address'],
  [RTM_NEWROUTE, 'route'],
  [RTM_DELROUTE, 'route'],
  [RTM_NEWRULE, 'rule'],
  [RTM_DELRULE, 'rule']
])

const routeGroups = [
  RTNLGRP_LINK,
  RTNLGRP_IPV4_IFADDR,
  RTNLGRP_IPV6_IFADDR,
  RTNLGRP_IPV4_ROUTE,
  RTNLGRP_IPV6_ROUTE,
  RTNLGRP_IPV4_RULE,
  RTNLGRP_IPV6_RULE
]

/** Listens in the calling thread's namespace. Of nftables only changes of `table` are told, each with the process that made it. */
export function monitorChanges(table: string, tell: (change: Change) => void): Disposable {
  const route = new NetlinkMonitor(NETLINK_ROUTE, routeGroups, event => {
    if (event.kind === 'resync') return tell({ kind: 'lost' })
    const kind = kinds.get(event.message.type)
    if (kind) tell({ kind })
  })
  let touched = false
  const hearNftables = (message: RawMessage) => {
    if (!isGeneration(message)) {
      touched ||= messageTable(message) === table
      return
    }
    if (!touched) return
    touched = false
    // the end of a transaction says whose it was: struct nfgenmsg, then NFTA_GEN_*
    const { processId, processName } = decodeAttributes(generationAttributes, message.body.subarray(4))
    tell({ kind: 'ruleset', process: processId === undefined ? undefined : { pid: processId, name: processName ?? '' } })
  }
  try {
    const nftables = new NetlinkMonitor(NETLINK_NETFILTER, [NFNLGRP_NFTABLES], event =>
      event.kind === 'resync' ? tell({ kind: 'lost' }) : hearNftables(event.message)
    )
    return {
      [Symbol.dispose]() {
        route[Symbol.dispose]()
        nftables[Symbol.dispose]()
      }
    }
  } catch (error) {
    route[Symbol.dispose]()
    throw error
  }
}
