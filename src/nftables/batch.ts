import { HEADER_SIZE, NLM_F_ACK, NLM_F_REQUEST } from '../netlink/header.ts'
import { messageType, NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END, NFNL_SUBSYS_NFTABLES, NFPROTO_INET } from './messages.ts'

const NFGENMSG_SIZE = 4
const AF_UNSPEC = 0

/**
 * A transaction as bytes: messages of nfnetlink between a begin and an end, which the kernel commits as a whole or not at all. The
 * bytes lie in one buffer that grows and is used again.
 */
export class Batch {
  bytes = new Uint8Array(16 * 1024)
  view = new DataView(this.bytes.buffer)
  length = 0
  /** Where each message begins, by its place in the batch. */
  readonly starts: number[] = []
  #first = 0

  /** Begins anew; the messages are numbered from `sequence` on. */
  begin(sequence: number): void {
    this.length = 0
    this.starts.length = 0
    this.#first = sequence
    this.#header(NFNL_MSG_BATCH_BEGIN, NLM_F_REQUEST, AF_UNSPEC, NFNL_SUBSYS_NFTABLES)
    this.close()
  }

  /** Opens a message about family inet; attributes follow, then `close`. */
  open(number: number, flags: number): void {
    this.#header(messageType(number), NLM_F_REQUEST | flags, NFPROTO_INET, 0)
  }

  #header(type: number, flags: number, family: number, resource: number): void {
    const start = this.reserve(HEADER_SIZE + NFGENMSG_SIZE)
    const { view } = this
    view.setUint16(start + 4, type, true)
    view.setUint16(start + 6, flags, true)
    view.setUint32(start + 8, this.#first + this.starts.length, true)
    view.setUint32(start + 12, 0, true)
    view.setUint16(start + 16, family, true)
    view.setUint16(start + 18, resource, false)
    this.starts.push(start)
  }

  close(): void {
    const start = this.starts.at(-1) as number
    this.view.setUint32(start, this.length - start, true)
  }

  /** A whole message whose attributes are encoded already. */
  add(number: number, flags: number, attributes: Uint8Array): void {
    this.open(number, flags)
    this.append(attributes)
    this.close()
  }

  append(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length)
    this.bytes.set(bytes, at)
  }

  /** Makes room for `size` bytes more and gives the place where they begin. What lay there before is not cleared. */
  reserve(size: number): number {
    const at = this.length
    this.length += size
    if (this.length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.bytes.length, this.length))
      larger.set(this.bytes.subarray(0, at))
      this.bytes = larger
      this.view = new DataView(larger.buffer)
    }
    return at
  }

  /** Ends the batch: its bytes, and the number of the message whose acknowledgement says that all is done. */
  end(): { bytes: Uint8Array; acknowledged: number } {
    const last = this.starts.at(-1) as number
    const flags = this.view.getUint16(last + 6, true)
    this.view.setUint16(last + 6, flags | NLM_F_ACK, true)
    const acknowledged = this.#first + this.starts.length - 1
    this.#header(NFNL_MSG_BATCH_END, NLM_F_REQUEST, AF_UNSPEC, NFNL_SUBSYS_NFTABLES)
    this.close()
    return { bytes: this.bytes.subarray(0, this.length), acknowledged }
  }

  /** How many numbers it takes. */
  get count(): number {
    return this.starts.length
  }

  /** The bytes of a message, by its number. */
  message(sequence: number): Uint8Array | undefined {
    const place = sequence - this.#first
    const start = this.starts[place]
    return start === undefined ? undefined : this.bytes.subarray(start, this.starts[place + 1] ?? this.length)
  }
}
