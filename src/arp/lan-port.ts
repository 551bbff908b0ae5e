import { EgressRouterError } from '../errors.ts'
import type { Address } from '../ip/address.ts'
import type { Mac } from '../ip/mac.ts'
import type { Namespace } from '../sys/namespace.ts'
import { ETH_P_ARP, ETH_P_IPV6 } from './ethernet.ts'
import { arpFilter } from './filter.ts'
import { PacketSocket } from './packet-socket.ts'

/** A packet socket with this protocol receives nothing (packet(7)). */
const NOTHING = 0

/** The link as packets see it. Its sockets are opened when they are first needed and then kept: closing one takes the kernel 10 ms. */
export class LanPort implements Disposable {
  readonly namespace: Namespace
  readonly index: number
  readonly mac: Mac
  #heard: readonly Address[]
  #arp: PacketSocket | undefined
  #ipv6: PacketSocket | undefined
  #sender: PacketSocket | undefined
  #closed = false

  /** @param heard IPv4 addresses of which ARP messages are of interest */
  constructor(namespace: Namespace, index: number, mac: Mac, heard: readonly Address[]) {
    this.namespace = namespace
    this.index = index
    this.mac = mac
    this.#heard = heard
  }

  /** Errors: EgressRouterError `ECAPABILITY` without CAP_NET_RAW. */
  get arp(): PacketSocket {
    this.#requireOpen()
    this.#arp ??= new PacketSocket(this.namespace, this.index, ETH_P_ARP, arpFilter(this.#heard))
    return this.#arp
  }

  /** Errors: EgressRouterError `ECAPABILITY` without CAP_NET_RAW. */
  get ipv6(): PacketSocket {
    this.#requireOpen()
    this.#ipv6 ??= new PacketSocket(this.namespace, this.index, ETH_P_IPV6)
    return this.#ipv6
  }

  /** Sends without hearing anything. Errors: EgressRouterError `ECAPABILITY` without CAP_NET_RAW. */
  get sender(): PacketSocket {
    this.#requireOpen()
    this.#sender ??= new PacketSocket(this.namespace, this.index, NOTHING)
    return this.#sender
  }

  get closed(): boolean {
    return this.#closed
  }

  /** From now on only ARP messages about these addresses wake the process, and no IPv6 packet does. */
  quieten(heard: readonly Address[]): void {
    this.#heard = heard
    this.#arp?.filter(arpFilter(heard))
    this.#ipv6?.[Symbol.dispose]()
    this.#ipv6 = undefined
  }

  /** Nobody would close what is opened now. */
  #requireOpen(): void {
    if (this.#closed) throw new EgressRouterError('ESYSCALL', 'this port is closed')
  }

  [Symbol.dispose](): void {
    this.#closed = true
    this.#sender?.[Symbol.dispose]()
    this.#arp?.[Symbol.dispose]()
    this.#ipv6?.[Symbol.dispose]()
  }
}
