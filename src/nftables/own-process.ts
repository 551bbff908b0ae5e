import { be16, u8 } from '../netlink/payload.ts'
import { NETLINK_NETFILTER, NetlinkSocket } from '../netlink/socket.ts'
import { struct } from '../netlink/struct.ts'
import { generationAttributes, NFNL_SUBSYS_NFTABLES } from './events.ts'

/** NFT_MSG_GETGEN of <linux/netfilter/nf_tables.h>; its answer is NFT_MSG_NEWGEN. */
const NFT_MSG_GETGEN = 16

/** struct nfgenmsg of <linux/netfilter/nfnetlink.h>. */
const header = struct('nfgenmsg', ['family', 'nfgen_family', u8, 1], ['version', 'version', u8, 1], ['resource', 'res_id', be16, 2])

let known: number | undefined

/**
 * The id by which the kernel names this process when it tells of changes to tables. It is that of the outermost process id namespace,
 * which in a container is not `process.pid`; the answer to NFT_MSG_GETGEN carries it.
 */
export function ownProcessId(): number {
  known ??= askKernel() ?? process.pid
  return known
}

function askKernel(): number | undefined {
  try {
    using socket = new NetlinkSocket(NETLINK_NETFILTER)
    const type = (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETGEN
    const [answer] = socket.request({ command: 'nft generation', type, format: { header, attributes: generationAttributes } })
    return answer?.values.processId
  } catch {
    return undefined
  }
}
