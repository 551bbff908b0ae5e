import { announceOnce } from '../arp/announce.ts'
import { contests, parseArp } from '../arp/arp.ts'
import type { LanPort } from '../arp/lan-port.ts'
import type { Source } from '../config/shape.ts'
import { sourceAddresses } from '../config/source-address.ts'
import { formatError } from '../errors.ts'
import type { Mac } from '../ip/mac.ts'
import type { Log } from '../observe/log.ts'
import { now } from '../time.ts'

/** RFC 5227 section 2.4 (c): an address is defended by one announcement, at most once in DEFEND_INTERVAL (10 s). */
const DEFEND_INTERVAL = 10_000

/**
 * Listens on the LAN for other hosts that use an IPv4 source of ours: says who, and announces the address again, so that neighbours
 * whose entry the other host took find back. Who speaks again within `interval` milliseconds is answered at its end: after the last word of
 * a host that leaves, neighbours would otherwise keep its entry. The kernel wakes the process for such messages only. Ends with the port.
 */
export function defend(port: LanPort, sources: readonly Source[], log: Log, interval = DEFEND_INTERVAL): void {
  const own = sourceAddresses(sources, 'ipv4')
  if (own.length === 0) return
  const last = new Map<string, number>()
  const waiting = new Set<string>()
  const answer = (address: string, holder: Mac) => {
    last.set(address, now())
    log.error(`address ${address} is also used on the LAN by ${holder}`, { address, holder })
    try {
      announceOnce(port, [address])
    } catch (error) {
      log.warn(`address ${address} is not defended: ${formatError(error)}`)
    }
  }
  const answerLater = (address: string, holder: Mac, rest: number) => {
    if (waiting.has(address)) return
    waiting.add(address)
    const later = () => {
      waiting.delete(address)
      if (!port.closed) answer(address, holder)
    }
    setTimeout(later, rest).unref()
  }
  try {
    port.arp.listen(bytes => {
      const message = parseArp(bytes)
      const contested = message && own.find(address => contests(message, address, port.mac))
      if (!message || contested === undefined) return
      const rest = (last.get(contested) ?? -interval) + interval - now()
      if (rest > 0) answerLater(contested, message.senderMac, rest)
      else answer(contested, message.senderMac)
    })
    port.quieten(own)
  } catch (error) {
    log.warn(`nobody listens for others that use our addresses: ${formatError(error)}`)
  }
}
