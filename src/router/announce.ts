import { announceInBurst, announceRepeatedly } from '../arp/announce.ts'
import type { LanPort } from '../arp/lan-port.ts'
import type { EgressConfig } from '../config/shape.ts'
import { sourceAddresses } from '../config/source-address.ts'
import { formatError } from '../errors.ts'
import type { Log } from '../observe/log.ts'

/** Tells the LAN where the addresses are, over some seconds, or all at once when nobody stays to do it later; never fatal. */
export function announce(
  { sources }: Pick<EgressConfig, 'sources'>,
  port: LanPort,
  { log, signal, atOnce = false }: { readonly log: Log; readonly signal: AbortSignal; readonly atOnce?: boolean }
): void {
  const addresses = sourceAddresses(sources)
  const failed = (error: unknown) => log.warn(`addresses are not announced: ${formatError(error)}`)
  try {
    if (atOnce) announceInBurst(port, addresses)
    else announceRepeatedly(port, addresses, signal, failed)
  } catch (error) {
    failed(error)
  }
}
