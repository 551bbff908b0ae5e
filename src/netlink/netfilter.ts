import { be16, u8 } from './payload.ts'
import { struct } from './struct.ts'

/** struct nfgenmsg of <linux/netfilter/nfnetlink.h>, in front of the attributes of every netfilter message. */
export const netfilterHeader = struct(
  'nfgenmsg',
  ['family', 'nfgen_family', u8, 1],
  ['version', 'version', u8, 1],
  ['resource', 'res_id', be16, 2]
)
