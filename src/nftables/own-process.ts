import { NETLINK_NETFILTER, NetlinkSocket } from '../netlink/socket.ts'
import { generationFormat, messageType, NFT_MSG_GETGEN } from './messages.ts'

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
    const [answer] = socket.request({ command: 'nft generation', type: messageType(NFT_MSG_GETGEN), format: generationFormat })
    return answer?.values.processId
  } catch {
    return undefined
  }
}
