import type { LanPort } from '../arp/lan-port.ts'
import { parseAdvertisement } from '../arp/neighbor-discovery.ts'
import { findHolder } from '../arp/probe.ts'
import type { EgressConfig } from '../config/shape.ts'
import { EgressRouterError } from '../errors.ts'
import type { Address } from '../ip/address.ts'
import type { Mac } from '../ip/mac.ts'
import type { LinuxKernel } from '../kernel/linux.ts'
import type { Log } from '../observe/log.ts'
import type { LinkAddress } from '../state/address.ts'
import { wait } from '../time.ts'

/** How long the name of a holder is waited for: turns of the event loop, and milliseconds for each. */
const TURNS = 10
const TURN = 5

/** Another host on the LAN holds a reserved address. */
export class ConflictError extends EgressRouterError {
  readonly address: Address
  readonly holder: Mac | undefined

  constructor(address: Address, holder: Mac | undefined) {
    super('ECONFLICT', `address ${address} is in use on the LAN${holder ? ` by ${holder}` : ''}`, {
      hint: 'two pods with the same EGRESS_SOURCE, or a host that was given the reserved address; nothing has been configured'
    })
    this.address = address
    this.holder = holder
  }
}

/**
 * Probes for IPv4 addresses before they are claimed. IPv6 has the kernel's duplicate address detection, see `watchDad`.
 *
 * Errors: ConflictError.
 */
export async function probeAddresses(
  port: LanPort,
  addresses: readonly LinkAddress[],
  pace: EgressConfig['conflictProbe'],
  log: Log,
  signal: AbortSignal
): Promise<void> {
  if (pace === 'off') return
  const candidates = addresses.map(entry => entry.address).filter(address => !address.includes(':'))
  const holders = await Promise.all(candidates.map(address => probeOne(port, address, pace, log, signal)))
  signal.throwIfAborted()
  for (const [n, holder] of holders.entries()) if (holder) throw new ConflictError(candidates[n] as Address, holder)
}

async function probeOne(
  port: LanPort,
  address: Address,
  pace: 'fast' | 'rfc5227',
  log: Log,
  signal: AbortSignal
): Promise<Mac | undefined> {
  try {
    return await findHolder(port, address, pace, signal)
  } catch (error) {
    if (!(error instanceof EgressRouterError) || error.code !== 'ECAPABILITY') throw error
    log.warn(`${address} is used without a conflict probe: ${error.message}`, { hint: error.hint })
    return undefined
  }
}

/**
 * Listens for neighbour advertisements from before an IPv6 address is added, so that a holder can be named; then `settled` waits for the
 * kernel's duplicate address detection.
 */
export class DadWatch implements Disposable {
  readonly #holders = new Map<Address, Mac>()
  #stop: (() => unknown) | undefined

  constructor(port: LanPort, addresses: readonly LinkAddress[]) {
    if (!addresses.some(entry => entry.address.includes(':'))) return
    try {
      this.#stop = port.ipv6.listen(bytes => {
        const advertisement = parseAdvertisement(bytes)
        if (advertisement && advertisement.mac !== port.mac) this.#holders.set(advertisement.address, advertisement.mac)
      })
    } catch {
      // without CAP_NET_RAW the holder stays unnamed; the kernel detects it all the same
    }
  }

  /** Resolves when no address is tentative any more. Errors: ConflictError when one has turned out a duplicate. */
  async settled(kernel: LinuxKernel, link: string, addresses: readonly Address[], signal: AbortSignal): Promise<void> {
    const stop = new AbortController()
    const changes = kernel.changes(AbortSignal.any([signal, stop.signal]))[Symbol.asyncIterator]()
    try {
      for (;;) {
        const own = kernel.addresses().filter(entry => entry.link === link && addresses.includes(entry.address))
        const failed = own.find(entry => entry.dadFailed)
        if (failed) throw new ConflictError(failed.address, await this.#holderOf(failed.address))
        if (!own.some(entry => entry.tentative)) return
        const { done } = await changes.next()
        if (done) return signal.throwIfAborted()
      }
    } finally {
      stop.abort()
    }
  }

  /** The advertisement that made the kernel give up lies in our socket by then, and may not have been read. */
  async #holderOf(address: Address): Promise<Mac | undefined> {
    for (let turns = 0; turns < TURNS && this.#stop && !this.#holders.has(address); turns++) await wait(TURN)
    return this.#holders.get(address)
  }

  [Symbol.dispose](): void {
    this.#stop?.()
  }
}
