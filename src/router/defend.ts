import { announceOnce } from '../arp/announce.ts'
import { contests, parseArp } from '../arp/arp.ts'
import type { LanPort } from '../arp/lan-port.ts'
import type { Source } from '../config/shape.ts'
import { formatError } from '../errors.ts'
import type { Log } from '../observe/log.ts'

/** RFC 5227 section 2.4 (b): an address is defended by one announcement, at most once in DEFEND_INTERVAL (10 s). */
const DEFEND_INTERVAL = 10_000

/**
 * Listens on the LAN for other hosts that use an IPv4 source of ours: says who, and announces the address again, so that neighbours
 * whose entry the other host took find back. The kernel wakes the process for such messages only. Ends with the port.
 */
export function defend(port: LanPort, sources: readonly Source[], log: Log): void {
  const own = sources.filter(source => source.family === 'ipv4').map(source => source.address)
  if (own.length === 0) return
  const last = new Map<string, number>()
  try {
    port.arp.listen(bytes => {
      const message = parseArp(bytes)
      const contested = message && own.find(address => contests(message, address, port.mac))
      if (!message || contested === undefined) return
      const now = performance.now()
      if (now - (last.get(contested) ?? -DEFEND_INTERVAL) < DEFEND_INTERVAL) return
      last.set(contested, now)
      log.error(`address ${contested} is also used on the LAN by ${message.senderMac}`, { address: contested, holder: message.senderMac })
      announceOnce(port, [contested])
    })
    port.quieten(own)
  } catch (error) {
    log.warn(`nobody listens for others that use our addresses: ${formatError(error)}`)
  }
}
