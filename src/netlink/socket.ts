import { EgressRouterError } from '../errors.ts'
import { errnoName } from '../sys/errno.ts'
import {
  AF_NETLINK,
  bind,
  close,
  receive,
  SO_RCVTIMEO,
  SOCK_RAW,
  SOL_SOCKET,
  send,
  setSocketOption,
  socket,
  socketName,
  trySocketOption
} from '../sys/syscalls.ts'
import { type Acknowledgement, decodeAcknowledgement, decodeDone, refusal } from './acknowledgement.ts'
import { type AttributeTable, align, workplace } from './attribute.ts'
import {
  HEADER_SIZE,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_MULTI,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_NOOP
} from './header.ts'
import { decodeBody, type RawMessage, splitDatagram, writeRequest } from './message.ts'
import type { AnyRequest, Decoded, Named, Outcome, Request, Unnamed } from './request.ts'
import { portOf, SOCKADDR_SIZE, sockaddr } from './sockaddr.ts'
import { trace, tracing } from './trace.ts'

export const NETLINK_ROUTE = 0
export const NETLINK_NETFILTER = 12

const SOL_NETLINK = 270
const NETLINK_ADD_MEMBERSHIP = 1
const NETLINK_CAP_ACK = 10
const NETLINK_EXT_ACK = 11
const NETLINK_GET_STRICT_CHK = 12

/** Requests in one datagram: their refusals must fit in the socket's receive buffer, each of them with most of a kilobyte. */
const TOGETHER = 64
/** Bytes after which another datagram is begun: a socket's send buffer takes three times as much. */
const LONG = 64 * 1024
/** Of nlmsg_flags in struct nlmsghdr. */
const FLAGS = 6
const NOTHING: Readonly<Record<string, never>> = {}

/** A dump's datagrams are at most 32 KiB (NLMSG_GOODSIZE and what the reader offers); a larger message would say so by MSG_TRUNC. */
const buffer = new Uint8Array(128 * 1024)
const view = new DataView(buffer.buffer)
const DUMP_TRIES = 10
/** Least size of an acknowledgement: two headers and the error number between. */
const ACKNOWLEDGED = 2 * HEADER_SIZE + 4
const SUCCESS: Outcome = {}

/**
 * A netlink socket of the namespace that the calling thread is in when it is made. Requests are synchronous: the kernel handles them
 * inside sendto(2), so the answer is there when that returns.
 */
export class NetlinkSocket implements Disposable {
  readonly fd: number
  readonly port: number
  #sequence = 0
  #length = 0
  #open = true
  readonly #sender = new Uint8Array(SOCKADDR_SIZE)

  constructor(protocol: number) {
    this.fd = socket(AF_NETLINK, SOCK_RAW, protocol)
    try {
      bind(this.fd, sockaddr(0))
      this.port = portOf(socketName(this.fd, SOCKADDR_SIZE))
      trySocketOption(this.fd, SOL_NETLINK, NETLINK_EXT_ACK, 1)
      trySocketOption(this.fd, SOL_NETLINK, NETLINK_CAP_ACK, 1)
      if (protocol === NETLINK_ROUTE) trySocketOption(this.fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1)
      setSocketOption(this.fd, SOL_SOCKET, SO_RCVTIMEO, ANSWER_TIMEOUT)
    } catch (error) {
      close(this.fd)
      throw error
    }
  }

  /** Sends one request and waits for its acknowledgement; messages that come before it (NLM_F_ECHO, a get) are given back. */
  request<H, T extends AttributeTable>(request: Request<H, T>): Decoded<H, T>[] {
    const { bytes, sequence } = this.#send(request, NLM_F_REQUEST | NLM_F_ACK | (request.flags ?? 0))
    const answers: Decoded<H, T>[] = []
    for (;;) {
      if (this.#receiveDone(sequence, request) !== undefined) return answers
      for (const message of this.#received(sequence, sequence, request)) {
        if (message.type !== NLMSG_ERROR) {
          answers.push(this.#decode(request, message))
          continue
        }
        const acknowledgement = this.#traced(request, decodeAcknowledgement(message))
        if (acknowledgement.errno !== 0) throw refusal(request.command, acknowledgement, bytes, request.format)
        return answers
      }
    }
  }

  /**
   * Sends requests together, in as few datagrams as possible. The kernel takes them in their order and goes on after one that it refuses:
   * what became of each stands at its place. Nothing is thrown, as the others have been done. Only the last is acknowledged; a refusal
   * comes without being asked for, and one that found no room at the socket is told by ENOBUFS (netlink(7)).
   *
   * @param commandOf how an operator would type the request at a place; asked for only when somebody reads it
   */
  requestAll(requests: readonly Unnamed[], commandOf: (place: number) => string): Outcome[] {
    const outcomes: Outcome[] = []
    while (outcomes.length < requests.length) this.#requestTogether(requests, commandOf, outcomes)
    return outcomes
  }

  /** Sends as many of the requests as go into one datagram, from the first that has no outcome yet. */
  #requestTogether(requests: readonly Unnamed[], commandOf: (place: number) => string, outcomes: Outcome[]): void {
    const from = outcomes.length
    const first = this.#sequence + 1
    const starts: number[] = []
    let end = 0
    for (let n = from; n < requests.length && starts.length < TOGETHER && end < LONG; n++) {
      const start = align(end)
      workplace.bytes.fill(0, end, start)
      starts.push(start)
      const request = requests[n] as Unnamed
      end = this.#write(start, request, NLM_F_REQUEST | (request.flags ?? 0))
    }
    const count = starts.length
    acknowledged(starts[count - 1] as number)
    const bytesOf = (n: number) => workplace.bytes.slice(starts[n] as number, n + 1 < count ? starts[n + 1] : end)
    if (tracing()) for (let n = 0; n < count; n++) trace('send', commandOf(from + n), bytesOf(n))
    const named = {
      get command() {
        return commandOf(from)
      }
    }
    let rest = SUCCESS
    const found: (Outcome | undefined)[] = []
    try {
      send(this.fd, workplace.bytes, null, end)
    } catch (error) {
      for (let n = 0; n < count; n++) outcomes.push({ error: error as Error })
      return
    }
    try {
      while (found[count - 1] === undefined) {
        const done = this.#receiveDone(first, named)
        if (done !== undefined) {
          found[done] = SUCCESS
          continue
        }
        for (const message of this.#received(first, this.#sequence, named)) {
          if (message.type !== NLMSG_ERROR) continue
          const n = message.sequence - first
          found[n] = this.#outcomeOf({ ...(requests[from + n] as Unnamed), command: commandOf(from + n) }, bytesOf(n), message)
        }
      }
    } catch (error) {
      rest = { error: error as Error, lost: true }
    }
    for (let n = 0; n < count; n++) outcomes.push(found[n] ?? rest)
  }

  #outcomeOf(request: AnyRequest, bytes: Uint8Array, message: RawMessage): Outcome {
    const acknowledgement = this.#traced(request, decodeAcknowledgement(message))
    return acknowledgement.errno === 0 ? SUCCESS : { error: refusal(request.command, acknowledgement, bytes, request.format) }
  }

  /**
   * Reads all objects of a kind. A dump that the kernel marks as interrupted (NLM_F_DUMP_INTR: something changed meanwhile) is read
   * again.
   */
  dump<H, T extends AttributeTable>(request: Request<H, T>): Decoded<H, T>[] {
    for (let tries = 0; tries < DUMP_TRIES; tries++) {
      const answers = this.#dumpOnce(request)
      if (answers) return answers
    }
    throw new EgressRouterError('ENETLINK', `${request.command}: the answer was interrupted ${DUMP_TRIES} times by changes`, {
      hint: 'something changes the network all the time; try again'
    })
  }

  #dumpOnce<H, T extends AttributeTable>(request: Request<H, T>): Decoded<H, T>[] | undefined {
    const { bytes, sequence } = this.#send(request, NLM_F_REQUEST | NLM_F_DUMP | (request.flags ?? 0))
    // read to the end before anything is decoded: a dump that is left half-read makes the kernel refuse the next one (EBUSY)
    const answers: RawMessage[] = []
    let interrupted = false
    for (;;) {
      for (const message of this.#receive(sequence, sequence, request)) {
        if (message.flags & NLM_F_DUMP_INTR) interrupted = true
        if (message.type === NLMSG_DONE) {
          const end = this.#traced(request, decodeDone(message))
          if (end.errno !== 0) throw refusal(request.command, end, bytes, request.format)
          return interrupted ? undefined : answers.map(answer => this.#decode(request, answer))
        }
        if (message.type === NLMSG_ERROR) {
          throw refusal(request.command, this.#traced(request, decodeAcknowledgement(message)), bytes, request.format)
        }
        answers.push(message)
        // some kernels answer a dump of a missing object with a single message
        if (!(message.flags & NLM_F_MULTI)) return answers.map(answer => this.#decode(request, answer))
      }
    }
  }

  /** Joins a multicast group: what the kernel tells of changes then arrives at this socket. */
  join(group: number): void {
    setSocketOption(this.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group)
  }

  #send<H, T extends AttributeTable>(request: Request<H, T>, flags: number): { bytes: Uint8Array; sequence: number } {
    const bytes = workplace.bytes.slice(0, this.#write(0, request, flags))
    if (tracing()) trace('send', request.command, bytes)
    send(this.fd, bytes)
    return { bytes, sequence: this.#sequence }
  }

  /** A message with the next sequence number, made in the workplace at `at`; where it ends. */
  #write(at: number, request: Unnamed, flags: number): number {
    const { format, type, header = NOTHING, values = NOTHING } = request
    return writeRequest(at, format, type, flags, ++this.#sequence, header, values)
  }

  /**
   * Receives a datagram; the place of the request that it acknowledges, when it is just this, counted from that with number `first`. For
   * anything else `#received` gives what is in it.
   */
  #receiveDone(first: number, request: Named): number | undefined {
    this.#receiveInto(request)
    const length = this.#length
    if (tracing() || length < ACKNOWLEDGED || portOf(this.#sender) !== 0 || view.getUint32(0, true) < length) return undefined
    if (view.getUint16(4, true) !== NLMSG_ERROR || view.getInt32(HEADER_SIZE, true) !== 0) return undefined
    const place = view.getUint32(8, true) - first
    return view.getUint32(12, true) === this.port && place >= 0 && place <= this.#sequence - first ? place : undefined
  }

  *#receive(first: number, last: number, request: Named): Generator<RawMessage> {
    this.#receiveInto(request)
    yield* this.#received(first, last, request)
  }

  #receiveInto(request: Named): void {
    this.#length = receive(this.fd, buffer, 0, this.#sender)
    if (this.#length < 0) throw new EgressRouterError('ESYSCALL', `${request.command}: the kernel did not answer within 5 seconds`)
    if (this.#length > buffer.length)
      throw new EgressRouterError('ENETLINK', `${request.command}: an answer of ${this.#length} bytes is too long`)
  }

  /** The messages of the last datagram that answer `first` to `last`; late answers to requests that were given up are left out. */
  *#received(first: number, last: number, request: Named): Generator<RawMessage> {
    // port 0 is the kernel; another process could send to our port
    if (portOf(this.#sender) !== 0) return
    const datagram = buffer.slice(0, this.#length)
    if (tracing()) trace('receive', request.command, datagram)
    for (const message of splitDatagram(datagram)) {
      const ours = message.sequence >= first && message.sequence <= last
      if (ours && (message.port === this.port || message.port === 0) && message.type !== NLMSG_NOOP) yield message
    }
  }

  #traced(request: Named, acknowledgement: Acknowledgement): Acknowledgement {
    if (acknowledgement.errno !== 0) trace('refused', `${request.command}: ${errnoName(acknowledgement.errno)}`)
    return acknowledgement
  }

  #decode<H, T extends AttributeTable>(request: Request<H, T>, message: RawMessage): Decoded<H, T> {
    return { type: message.type, ...decodeBody(request.format, message.body, !request.brief) }
  }

  [Symbol.dispose](): void {
    if (this.#open) close(this.fd)
    this.#open = false
  }
}

/** Asks for an answer to the message that stands in the workplace at `at`. */
function acknowledged(at: number): void {
  const { view } = workplace
  view.setUint16(at + FLAGS, view.getUint16(at + FLAGS, true) | NLM_F_ACK, true)
}

/** struct timeval: a kernel that does not answer within five seconds is an error, not a hang. */
const ANSWER_TIMEOUT = new Uint8Array(BigInt64Array.of(5n, 0n).buffer)
