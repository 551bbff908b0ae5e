import type { Address } from '../ip/address.ts'
import { NetlinkError } from '../netlink/acknowledgement.ts'
import type { Values } from '../netlink/attribute.ts'
import { NETLINK_NETFILTER, NetlinkSocket } from '../netlink/socket.ts'
import { errno } from '../sys/errno.ts'
import { AF_INET, AF_INET6 } from '../sys/syscalls.ts'
import {
  type FlowValues,
  flowFormat,
  IPCTNL_MSG_CT_DELETE,
  IPCTNL_MSG_CT_GET,
  NFNL_SUBSYS_CTNETLINK,
  type tupleAttributes
} from './flow.ts'

/** One direction of a connection as packets carry it. */
export interface Tuple {
  readonly source: Address
  readonly destination: Address
  readonly sourcePort: number
  readonly destinationPort: number
}

/** A tracked connection with ports: what the client sent to, and what answers come from after translation. */
export interface Flow {
  readonly protocol: number
  readonly original: Tuple
  readonly reply: Tuple
  readonly mark: number
  /** As the kernel told it: what a deletion names. */
  readonly values: FlowValues
}

const message = (number: number) => (NFNL_SUBSYS_CTNETLINK << 8) | number

/** The connection tracking table of the namespace that the calling thread is in when this is made (ctnetlink). */
export class Conntrack implements Disposable {
  readonly #socket = new NetlinkSocket(NETLINK_NETFILTER)

  /** All tracked connections that have ports. */
  flows(): Flow[] {
    // one pass for both families: the kernel walks the whole hash of all namespaces for each
    const answers = this.#socket.dump({ command: 'conntrack -L', type: message(IPCTNL_MSG_CT_GET), format: flowFormat })
    return answers.flatMap(({ values }) => observedFlow(values))
  }

  /** Forgets a connection, and only it: the next packet makes a new one. One that is gone already is success. */
  forget(flow: Flow): void {
    const { original, id, zone } = flow.values
    const values: FlowValues = {}
    if (original) values.original = original
    if (id !== undefined) values.id = id
    if (zone !== undefined) values.zone = zone
    const family = flow.original.destination.includes(':') ? AF_INET6 : AF_INET
    const { source, destination, sourcePort, destinationPort } = flow.original
    const command = `conntrack -D -p ${flow.protocol} -s ${source} -d ${destination} --sport ${sourcePort} --dport ${destinationPort}`
    try {
      this.#socket.request({ command, type: message(IPCTNL_MSG_CT_DELETE), format: flowFormat, header: { family }, values })
    } catch (error) {
      if (!(error instanceof NetlinkError) || error.errno !== errno.ENOENT) throw error
    }
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]()
  }
}

function observedFlow(values: FlowValues): Flow[] {
  const original = observedTuple(values.original)
  const reply = observedTuple(values.reply)
  const protocol = values.original?.protocol?.number
  if (!original || !reply || protocol === undefined) return []
  return [{ protocol, original, reply, mark: values.mark ?? 0, values }]
}

function observedTuple(values: Values<typeof tupleAttributes> | undefined): Tuple | undefined {
  const source = values?.addresses?.source4 ?? values?.addresses?.source6
  const destination = values?.addresses?.destination4 ?? values?.addresses?.destination6
  const sourcePort = values?.protocol?.sourcePort
  const destinationPort = values?.protocol?.destinationPort
  if (source === undefined || destination === undefined || sourcePort === undefined || destinationPort === undefined) return undefined
  return { source, destination, sourcePort, destinationPort }
}
