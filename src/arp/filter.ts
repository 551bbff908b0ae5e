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

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number]

/**
 * A classic BPF program (struct sock_filter, eight bytes an instruction) that lets ARP messages through which speak in the name of one
 * of the addresses, or probe for one. Whatever else happens on the LAN does not wake the process.
 */
export function arpFilter(addresses: readonly Address[]): Uint8Array {
  const wanted = addresses.map(address => new DataView(addressBytes(address).buffer).getUint32(0))
  // distances are counted from the next instruction, and have one byte: each comparison has its own end behind it
  const endIf = (equal: boolean, value: number, verdict: number): Instruction[] => [
    [JUMP_EQUAL, equal ? 0 : 1, equal ? 1 : 0, value],
    [RETURN, 0, 0, verdict]
  ]
  const isOneOf = wanted.flatMap(value => endIf(true, value, WHOLE_FRAME))
  const program: Instruction[] = [
    [LOAD_WORD, 0, 0, PACKET_TYPE],
    ...endIf(true, OUTGOING, 0),
    [LOAD_WORD, 0, 0, SENDER],
    ...isOneOf,
    ...endIf(false, 0, 0),
    [LOAD_WORD, 0, 0, TARGET],
    ...isOneOf,
    [RETURN, 0, 0, 0]
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
