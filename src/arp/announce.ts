import type { Address } from '../ip/address.ts'
import { announcements } from './arp.ts'
import type { LanPort } from './lan-port.ts'
import { unsolicitedAdvertisement } from './neighbor-discovery.ts'

/** When the rounds after the first go out, in milliseconds from it: neighbours that missed one hear another. */
const ROUNDS = [300, 1000, 2000, 4000]
const BURST = 3

/** Tells the LAN once where the addresses are now. Errors: EgressRouterError `ECAPABILITY` without CAP_NET_RAW. */
export function announceOnce(port: LanPort, addresses: readonly Address[]): void {
  if (port.closed) return
  for (const address of addresses) {
    if (address.includes(':')) port.sender.send(unsolicitedAdvertisement(port.mac, address))
    else for (const bytes of announcements(port.mac, address)) port.arp.send(bytes)
  }
}

/** All rounds at once, for a process that is about to exit; the kernel's arp_notify and ndisc_notify stay behind. */
export function announceInBurst(port: LanPort, addresses: readonly Address[]): void {
  for (let round = 0; round < BURST; round++) announceOnce(port, addresses)
}

/** The first round now, the others over some seconds in the background, until the signal is aborted. */
export function announceRepeatedly(
  port: LanPort,
  addresses: readonly Address[],
  signal: AbortSignal,
  failed: (error: unknown) => void
): void {
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
