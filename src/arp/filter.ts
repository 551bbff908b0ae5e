import { type Address, addressBytes } from '../ip/address.ts'

/** Opcodes of classic BPF, <linux/bpf_common.h>. */
const LOAD_WORD = 0x20
const JUMP_EQUAL = 0x15
const RETURN = 0x06
/** SKF_AD_OFF + SKF_AD_PKTTYPE of <linux/filter.h>, and PACKET_OUTGOING of <linux/if_packet.h>. */
const PACKET_TYPE = 0xfffff004
const OUTGOING = 4
/** Where the addresses lie in an Ethernet frame with ARP. */
const SENDER = 28
const TARGET = 38
const WHOLE_FRAME = 0xffff

/**
 * A classic BPF program (struct sock_filter, eight bytes an instruction) that lets ARP messages through which speak in the name of one
 * of the addresses, or probe for one. Whatever else happens on the LAN does not wake the process.
 */
export function arpFilter(addresses: readonly Address[]): Uint8Array {
  const wanted = addresses.map(address => new DataView(addressBytes(address).buffer).getUint32(0))
  const count = wanted.length
  // distances are counted from the next instruction
  const program: Array<[code: number, ifTrue: number, ifFalse: number, value: number]> = [
    [LOAD_WORD, 0, 0, PACKET_TYPE],
    [JUMP_EQUAL, 2 * count + 3, 0, OUTGOING],
    [LOAD_WORD, 0, 0, SENDER],
    ...wanted.map((value, n): [number, number, number, number] => [JUMP_EQUAL, 2 * count + 2 - n, 0, value]),
    [JUMP_EQUAL, 0, count + 1, 0],
    [LOAD_WORD, 0, 0, TARGET],
    ...wanted.map((value, n): [number, number, number, number] => [JUMP_EQUAL, count - n, 0, value]),
    [RETURN, 0, 0, 0],
    [RETURN, 0, 0, WHOLE_FRAME]
  ]
  const bytes = new Uint8Array(8 * program.length)
  const view = new DataView(bytes.buffer)
  for (const [n, [code, ifTrue, ifFalse, value]] of program.entries()) {
    view.setUint16(8 * n, code, true)
    view.setUint8(8 * n + 2, ifTrue)
    view.setUint8(8 * n + 3, ifFalse)
    view.setUint32(8 * n + 4, value, true)
  }
  return bytes
}
