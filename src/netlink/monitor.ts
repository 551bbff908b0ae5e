import { errno } from '../sys/errno.ts'
import { watchReadable } from '../sys/readiness.ts'
import { MSG_DONTWAIT, receive, SO_RCVBUFFORCE, SOL_SOCKET, SyscallError, trySocketOption } from '../sys/syscalls.ts'
import { now } from '../time.ts'
import { NLMSG_OVERRUN } from './header.ts'
import { type RawMessage, splitDatagram } from './message.ts'
import { portOf, SOCKADDR_SIZE } from './sockaddr.ts'
import { NetlinkSocket } from './socket.ts'
import { trace } from './trace.ts'

/** What a monitor hears: a message, or that messages were lost and everything must be read again. */
export type MonitorEvent = { readonly kind: 'message'; readonly message: RawMessage } | { readonly kind: 'resync' }

/** What one read takes; every monitor reads to the end before another one does. */
const buffer = new Uint8Array(32 * 1024)

/** Room for bursts (a table of 10,000 elements); beyond it the kernel drops and says ENOBUFS. */
const RECEIVE_BUFFER = 8 * 1024 * 1024

/** For how long one turn of the event loop reads, in milliseconds. */
const TURN = 2

/**
 * Listens to multicast groups in the namespace the calling thread is in when it is made, and hands on what it hears from the event
 * loop. ENOBUFS, a kernel that had to drop messages, becomes `resync`.
 */
export class NetlinkMonitor implements Disposable {
  readonly #socket: NetlinkSocket
  readonly #hear: (event: MonitorEvent) => void
  readonly #stop: () => void
  readonly #sender = new Uint8Array(SOCKADDR_SIZE)
  #open = true

  constructor(protocol: number, groups: readonly number[], hear: (event: MonitorEvent) => void, options: { receiveBuffer?: number } = {}) {
    this.#hear = hear
    this.#socket = new NetlinkSocket(protocol)
    try {
      trySocketOption(this.#socket.fd, SOL_SOCKET, SO_RCVBUFFORCE, options.receiveBuffer ?? RECEIVE_BUFFER)
      for (const group of groups) this.#socket.join(group)
      this.#stop = watchReadable(this.#socket.fd, () => this.#drain())
    } catch (error) {
      this.#socket[Symbol.dispose]()
      throw error
    }
  }

  #drain(): void {
    // a replaced table of thousands comes as thousands of messages: what is left when the time is up is read in the next turn of the loop
    const until = now() + TURN
    // who hears may close the monitor; the descriptor is then no longer ours to read
    while (this.#open && now() < until) {
      const length = this.#receive()
      if (length === undefined) return
      if (length === 'lost' || length > buffer.length) {
        trace('event', 'messages were lost: reading everything again')
        this.#hear({ kind: 'resync' })
        continue
      }
      // port 0 is the kernel; another process could send to our port
      if (portOf(this.#sender) !== 0) continue
      const datagram = buffer.slice(0, length)
      trace('event', 'heard', datagram)
      for (const message of splitDatagram(datagram)) {
        if (!this.#open) return
        this.#hear(message.type === NLMSG_OVERRUN ? { kind: 'resync' } : { kind: 'message', message })
      }
    }
  }

  #receive(): number | 'lost' | undefined {
    try {
      const length = receive(this.#socket.fd, buffer, MSG_DONTWAIT, this.#sender)
      return length < 0 ? undefined : length
    } catch (error) {
      if (error instanceof SyscallError && error.errno === errno.ENOBUFS) return 'lost'
      throw error
    }
  }

  [Symbol.dispose](): void {
    this.#open = false
    this.#stop()
    this.#socket[Symbol.dispose]()
  }
}
