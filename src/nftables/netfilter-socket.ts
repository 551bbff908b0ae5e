import { EgressRouterError } from '../errors.ts'
import { decodeAcknowledgement, decodeDone } from '../netlink/acknowledgement.ts'
import { encodeAttributes } from '../netlink/attribute.ts'
import { NLM_F_DUMP, NLM_F_DUMP_INTR, NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR } from '../netlink/header.ts'
import { encodeMessage, type RawMessage, splitDatagram } from '../netlink/message.ts'
import { portOf, SOCKADDR_SIZE } from '../netlink/sockaddr.ts'
import { NETLINK_NETFILTER, NetlinkSocket } from '../netlink/socket.ts'
import { trace } from '../netlink/trace.ts'
import type { Steps } from '../steps.ts'
import {
  MSG_DONTWAIT,
  receive,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SOL_SOCKET,
  send,
  sendInThread,
  setSocketOption,
  trySocketOption
} from '../sys/syscalls.ts'
import type { Batch } from './batch.ts'
import {
  elementListAttributes,
  generationFormat,
  messageType,
  NFPROTO_INET,
  NFT_MSG_GETGEN,
  NFT_MSG_GETSETELEM,
  NFT_MSG_GETTABLE,
  NFT_MSG_NEWSETELEM,
  tableFormat
} from './messages.ts'

/** What the kernel said of a batch: 0, or an error number and, where it knows, which message and which byte of it. */
export interface Verdict {
  readonly errno: number
  readonly kernelMessage?: string | undefined
  readonly sequence?: number | undefined
  readonly offset?: number | undefined
}

/** A batch above this many bytes takes the kernel longer than an event loop should wait: some thousand elements. */
const LARGE = 48 * 1024
/** Numbers of batches, apart from those of single requests. */
const FIRST_SEQUENCE = 0x4000_0000
/** A dump's datagrams are at most 32 KiB. */
const answers = new Uint8Array(32 * 1024)

/** A socket for nf_tables in the namespace that the calling thread is in when it is made. */
export class NetfilterSocket implements Disposable {
  readonly #socket = new NetlinkSocket(NETLINK_NETFILTER)
  readonly #sender = new Uint8Array(SOCKADDR_SIZE)
  #sequence = FIRST_SEQUENCE
  #room = 0

  /** The number that the next batch begins with. */
  get sequence(): number {
    return this.#sequence
  }

  /** Sends a batch, in one piece as its atomicity demands, and gives what the kernel said. */
  *transact(batch: Batch, command: string): Steps<Verdict> {
    const { bytes, acknowledged } = batch.end()
    this.#sequence += batch.count
    this.#makeRoom(bytes.length)
    trace('send', command, bytes)
    const { fd } = this.#socket
    if (bytes.length <= LARGE) send(fd, bytes)
    else yield { now: () => send(fd, bytes), later: () => sendInThread(fd, bytes) }
    return this.#verdict(acknowledged, command)
  }

  /** The answers to a batch are there when the call that sent it returns: of what was refused, or of the last message. */
  #verdict(acknowledged: number, command: string): Verdict {
    let refused: Verdict | undefined
    for (let datagram = this.#receive(command); datagram; datagram = this.#receive(command)) {
      for (const message of splitDatagram(datagram)) {
        if (message.type !== NLMSG_ERROR || message.sequence < FIRST_SEQUENCE) continue
        const { errno, message: kernelMessage, offset } = decodeAcknowledgement(message)
        if (errno !== 0) refused ??= { errno, kernelMessage, offset, sequence: message.sequence }
        // what is refused is told before it, even where the transaction fails as a whole
        else if (message.sequence === acknowledged && !refused) return { errno: 0 }
      }
    }
    if (refused) return refused
    throw new EgressRouterError('ENETLINK', `${command}: the kernel did not say whether it was done`)
  }

  #receive(command: string, flags = MSG_DONTWAIT): Uint8Array | undefined {
    for (;;) {
      const length = receive(this.#socket.fd, answers, flags, this.#sender)
      if (length < 0) return undefined
      if (length > answers.length) throw new EgressRouterError('ENETLINK', `${command}: an answer of ${length} bytes is too long`)
      // port 0 is the kernel; another process could send to our port
      if (portOf(this.#sender) !== 0) continue
      const datagram = answers.subarray(0, length)
      trace('receive', command, datagram)
      return datagram
    }
  }

  /** A batch has to fit into the send buffer; beyond net.core.wmem_max that takes CAP_NET_ADMIN over the machine. */
  #makeRoom(size: number): void {
    if (size <= this.#room || size < LARGE) return
    this.#room = 2 * size
    if (!trySocketOption(this.#socket.fd, SOL_SOCKET, SO_SNDBUFFORCE, this.#room))
      setSocketOption(this.#socket.fd, SOL_SOCKET, SO_SNDBUF, this.#room)
  }

  /**
   * Reads all elements of a set or map and hands each message's body to `read`, while its bytes are there; false when something changed
   * meanwhile, and the error number when it is refused. A step is one datagram.
   */
  *dumpElements(table: string, set: string, read: (body: Uint8Array) => void): Steps<'read' | 'interrupted' | number> {
    const command = `nft list set inet ${table} ${set}`
    const sequence = this.#sequence++
    const attributes = encodeAttributes(elementListAttributes, { table, set })
    const body = new Uint8Array(4 + attributes.length)
    body[0] = NFPROTO_INET
    body.set(attributes, 4)
    const bytes = encodeMessage({ type: messageType(NFT_MSG_GETSETELEM), flags: NLM_F_REQUEST | NLM_F_DUMP, sequence, body })
    trace('send', command, bytes)
    send(this.#socket.fd, bytes)
    let interrupted = false
    for (;;) {
      const datagram = this.#receive(command, 0)
      if (!datagram) throw new EgressRouterError('ESYSCALL', `${command}: the kernel did not answer within 5 seconds`)
      for (const message of splitDatagram(datagram)) {
        if (message.sequence !== sequence) continue
        if (message.flags & NLM_F_DUMP_INTR) interrupted = true
        const end = endOf(message)
        if (end !== undefined) return end !== 0 ? end : interrupted ? 'interrupted' : 'read'
        if (message.type === messageType(NFT_MSG_NEWSETELEM)) read(message.body)
      }
      yield
    }
  }

  /** The number of the last transaction in the namespace. */
  generation(): number {
    const [answer] = this.#socket.request({ command: 'nft generation', type: messageType(NFT_MSG_GETGEN), format: generationFormat })
    return answer?.values.id ?? 0
  }

  /** Names of the tables of family inet. */
  tables(): string[] {
    const request = {
      command: 'nft list tables inet',
      type: messageType(NFT_MSG_GETTABLE),
      format: tableFormat,
      header: { family: NFPROTO_INET }
    }
    return this.#socket.dump(request).flatMap(({ values }) => (values.name === undefined ? [] : [values.name]))
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]()
  }
}

function endOf(message: RawMessage): number | undefined {
  if (message.type === NLMSG_DONE) return decodeDone(message).errno
  return message.type === NLMSG_ERROR ? decodeAcknowledgement(message).errno : undefined
}
