import { attribute } from '../netlink/attribute.ts'
import { address, mac, raw, u8, u16, u32 } from '../netlink/payload.ts'
import { struct } from '../netlink/struct.ts'

/** RTM_*NEIGH of <linux/rtnetlink.h>. */
export const RTM_NEWNEIGH = 28
export const RTM_GETNEIGH = 30

/** struct ndmsg of <linux/neighbour.h>. */
export const neighborHeader = struct(
  'ndmsg',
  ['family', 'ndm_family', u8, 1],
  ['pad1', 'ndm_pad1', u8, 1],
  ['pad2', 'ndm_pad2', u16, 2],
  ['index', 'ndm_ifindex', u32, 4],
  ['state', 'ndm_state', u16, 2],
  ['flags', 'ndm_flags', u8, 1],
  ['type', 'ndm_type', u8, 1]
)

/** NDA_* of <linux/neighbour.h>. */
export const neighborAttributes = {
  destination: attribute('NDA_DST', 1, address),
  address: attribute('NDA_LLADDR', 2, mac),
  cacheInfo: attribute('NDA_CACHEINFO', 3, raw),
  probes: attribute('NDA_PROBES', 4, u32),
  link: attribute('NDA_IFINDEX', 8, u32)
} as const

/** NUD_* of <linux/neighbour.h>. */
export const neighborStates = {
  incomplete: 0x01,
  reachable: 0x02,
  stale: 0x04,
  delay: 0x08,
  probe: 0x10,
  failed: 0x20,
  noarp: 0x40,
  permanent: 0x80
} as const

export const neighborFormat = { header: neighborHeader, attributes: neighborAttributes }
