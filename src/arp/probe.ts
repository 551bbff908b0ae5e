import type { Address } from '../ip/address.ts'
import type { Mac } from '../ip/mac.ts'
import { wait } from '../time.ts'
import { contests, parseArp, probe } from './arp.ts'
import type { LanPort } from './lan-port.ts'

export type ProbePace = 'fast' | 'rfc5227'

/**
 * Waits before each of the probes, and after the last one, in milliseconds. RFC 5227 section 1.1: PROBE_WAIT, PROBE_NUM, PROBE_MIN,
 * PROBE_MAX, ANNOUNCE_WAIT. `fast` finds a live holder on a LAN in half a second.
 */
const paces: Readonly<Record<ProbePace, () => number[]>> = {
  fast: () => [0, 150, 150, 200],
  rfc5227: () => [between(0, 1000), between(1000, 2000), between(1000, 2000), 2000]
}

const between = (low: number, high: number) => low + Math.random() * (high - low)

/**
 * Asks the LAN whether an IPv4 address is in use, before it is claimed (RFC 5227 section 2.1.1). Resolves to the MAC of its holder, or
 * to undefined when nobody answers.
 */
export async function findHolder(port: LanPort, address: Address, pace: ProbePace, signal?: AbortSignal): Promise<Mac | undefined> {
  const socket = port.arp
  let holder: Mac | undefined
  const found = new AbortController()
  const stop = socket.listen(bytes => {
    const message = parseArp(bytes)
    if (!message || !contests(message, address, port.mac)) return
    holder = message.senderMac
    found.abort()
  })
  const until = signal ? AbortSignal.any([signal, found.signal]) : found.signal
  const waits = paces[pace]()
  for (const [n, milliseconds] of waits.entries()) {
    await wait(milliseconds, undefined, { signal: until }).catch(() => {})
    if (holder !== undefined || signal?.aborted) break
    if (n < waits.length - 1) socket.send(probe(port.mac, address))
  }
  stop()
  return holder
}
