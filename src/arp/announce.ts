import type { Address } from '../ip/address.ts'
import { announcements } from './arp.ts'
import { ETH_P_ARP, ETH_P_IPV6 } from './ethernet.ts'
import { unsolicitedAdvertisement } from './neighbor-discovery.ts'
import { PacketSocket } from './packet-socket.ts'
import type { Port } from './probe.ts'

/** When the rounds after the first go out, in milliseconds from it: neighbours that missed one hear another. */
const ROUNDS = [300, 1000, 2000, 4000]
const BURST = 3

/** Tells the LAN once where the addresses are now. */
export function announceOnce(port: Port, addresses: readonly Address[]): void {
  const v4 = addresses.filter(address => !address.includes(':'))
  const v6 = addresses.filter(address => address.includes(':'))
  if (v4.length > 0)
    sendAll(
      port,
      ETH_P_ARP,
      v4.flatMap(address => announcements(port.mac, address))
    )
  if (v6.length > 0)
    sendAll(
      port,
      ETH_P_IPV6,
      v6.map(address => unsolicitedAdvertisement(port.mac, address))
    )
}

function sendAll(port: Port, etherType: number, frames: readonly Uint8Array[]): void {
  using socket = new PacketSocket(port.namespace, port.index, etherType)
  for (const bytes of frames) socket.send(bytes)
}

/** All rounds at once, for a process that is about to exit; the kernel's arp_notify and ndisc_notify stay behind. */
export function announceInBurst(port: Port, addresses: readonly Address[]): void {
  for (let round = 0; round < BURST; round++) announceOnce(port, addresses)
}

/** The first round now, the others over some seconds in the background, until the signal is aborted. */
export function announceRepeatedly(port: Port, addresses: readonly Address[], signal: AbortSignal, failed: (error: unknown) => void): void {
  announceOnce(port, addresses)
  const timers = ROUNDS.map(after =>
    setTimeout(() => {
      try {
        announceOnce(port, addresses)
      } catch (error) {
        // never fatal: neighbours find out by asking
        failed(error)
      }
    }, after)
  )
  signal.addEventListener('abort', () => timers.forEach(clearTimeout), { once: true })
}
