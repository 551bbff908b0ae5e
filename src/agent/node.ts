import { formatError } from '../errors.ts'
import { openLinux } from '../kernel/linux.ts'
import type { Log } from '../observe/log.ts'
import type { Kept } from './kept.ts'
import { conflictWithNode, nodeAddresses } from './rivals.ts'

/** A pod that starts gives the node several addresses at once. In milliseconds. */
const BURST = 100

/** What else happens on the node and is something to the attachments. */
export class NodeWatch {
  readonly #attachments: () => Iterable<Kept>
  readonly #log: Log
  readonly #signal: AbortSignal
  #burst: NodeJS.Timeout | undefined

  /** Listens until the signal is aborted. */
  constructor(attachments: () => Iterable<Kept>, log: Log, signal: AbortSignal) {
    this.#attachments = attachments
    this.#log = log
    this.#signal = signal
    this.#listen().catch(error => log.error(`the node's links are not watched: ${formatError(error)}`))
  }

  /** Tells those attachments of which the node has an address, too. */
  compareAddresses(): void {
    const all = [...this.#attachments()]
    if (all.length === 0) return
    try {
      const own = nodeAddresses()
      for (const kept of all) kept.dispute(conflictWithNode(kept.holdings, own))
    } catch (error) {
      this.#log.warn(`the node's addresses are not known: ${formatError(error)}`)
    }
  }

  async #listen(): Promise<void> {
    using kernel = openLinux()
    for await (const { kind } of kernel.changes(this.#signal)) {
      // a parent that comes back is reason to try again what failed
      if (kind === 'link' || kind === 'lost') for (const kept of this.#attachments()) kept.poke()
      if (kind === 'address' || kind === 'lost') this.#burst ??= setTimeout(() => this.#compareSoon(), BURST).unref()
    }
  }

  #compareSoon(): void {
    this.#burst = undefined
    if (!this.#signal.aborted) this.compareAddresses()
  }
}
