import { EgressRouterError } from '../errors.ts'
import { errno } from '../sys/errno.ts'
import { inNamespace, type Namespace } from '../sys/namespace.ts'
import { watchReadable } from '../sys/readiness.ts'
import {
  AF_PACKET,
  attachFilter,
  bind,
  close,
  closeInThread,
  MSG_DONTWAIT,
  receive,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SyscallError,
  send,
  socket
} from '../sys/syscalls.ts'

/**
 * A packet socket on one link (packet(7)): whole Ethernet frames of one type, in and out, past every netfilter rule. What is sent here
 * is therefore built with the reserved source and nothing else.
 */
export class PacketSocket implements Disposable {
  readonly #fd: number
  readonly #buffer = new Uint8Array(2048)
  readonly #hearers = new Set<(bytes: Uint8Array) => void>()
  #stop: (() => void) | undefined
  #open = true

  /** Errors: EgressRouterError `ECAPABILITY` without CAP_NET_RAW. */
  constructor(namespace: Namespace, index: number, etherType: number, filter?: Uint8Array) {
    this.#fd = inNamespace(namespace, () => openSocket())
    try {
      if (filter) attachFilter(this.#fd, filter)
      bind(this.#fd, sockaddr(index, etherType))
    } catch (error) {
      close(this.#fd)
      throw error
    }
  }

  /** Sends a frame. A link that is down or gone swallows it: nobody would have heard. */
  send(bytes: Uint8Array): void {
    try {
      send(this.#opened, bytes)
    } catch (error) {
      const silent = [errno.ENETDOWN, errno.ENXIO, errno.ENODEV, errno.ENOBUFS, errno.EAGAIN]
      if (!(error instanceof SyscallError) || !silent.includes(error.errno)) throw error
    }
  }

  /** Hands every frame that comes in to `hear`, until the returned function is called. */
  listen(hear: (bytes: Uint8Array) => void): () => void {
    const fd = this.#opened
    this.#hearers.add(hear)
    this.#stop ??= watchReadable(fd, () => {
      for (const bytes of this.#drain()) for (const each of this.#hearers) each(bytes)
    })
    return () => this.#hearers.delete(hear)
  }

  /** Replaces the filter: a classic BPF program. */
  filter(program: Uint8Array): void {
    attachFilter(this.#opened, program)
  }

  /** A number that was given back may be another file's by now, and what is done to it would be done to that. */
  get #opened(): number {
    if (this.#open) return this.#fd
    throw new EgressRouterError('ESYSCALL', 'this packet socket is closed')
  }

  *#drain(): Generator<Uint8Array> {
    while (this.#open) {
      const length = this.#receive()
      if (length < 0) return
      yield this.#buffer.slice(0, Math.min(length, this.#buffer.length))
    }
  }

  #receive(): number {
    try {
      return receive(this.#fd, this.#buffer, MSG_DONTWAIT)
    } catch (error) {
      // the link went down or away; the monitor tells that to whom it concerns
      if (error instanceof SyscallError && (error.errno === errno.ENETDOWN || error.errno === errno.ENXIO)) return -1
      throw error
    }
  }

  [Symbol.dispose](): void {
    if (!this.#open) return
    this.#open = false
    this.#stop?.()
    closeInThread(this.#fd)
  }
}

function openSocket(): number {
  try {
    // protocol 0: nothing is received before bind names the link and the type
    return socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0)
  } catch (error) {
    if (!(error instanceof SyscallError) || error.errno !== errno.EPERM) throw error
    throw new EgressRouterError('ECAPABILITY', 'a packet socket needs CAP_NET_RAW', {
      hint: 'add NET_RAW to securityContext.capabilities; without it addresses are neither probed nor announced',
      cause: error
    })
  }
}

/** struct sockaddr_ll of <linux/if_packet.h>. */
function sockaddr(index: number, etherType: number): Uint8Array {
  const bytes = new Uint8Array(20)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, AF_PACKET, true)
  view.setUint16(2, etherType) // network byte order
  view.setInt32(4, index, true)
  return bytes
}
