import { EgressRouterError } from '../errors.ts'
import type { Address } from '../ip/address.ts'

/**
 * Which pod of this node holds which source address. Two macvlan links on one parent do not hear each other (mode private), so no probe
 * would find the other holder.
 */
export class Claims {
  readonly #holders = new Map<Address, string>()

  /** All of them, or none. Errors: EgressRouterError `ECONFLICT`. */
  claim(uid: string, addresses: readonly Address[]): void {
    const taken = addresses.find(address => (this.#holders.get(address) ?? uid) !== uid)
    if (taken !== undefined) {
      throw new EgressRouterError('ECONFLICT', `source address ${taken} belongs to another pod of this node`, {
        hint: 'give each router an address of its own; one that is being deleted lets go of it when its containers have ended'
      })
    }
    for (const [address, holder] of this.#holders) if (holder === uid && !addresses.includes(address)) this.#holders.delete(address)
    for (const address of addresses) this.#holders.set(address, uid)
  }

  release(uid: string): void {
    for (const [address, holder] of this.#holders) if (holder === uid) this.#holders.delete(address)
  }
}
