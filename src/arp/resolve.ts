import type { Address } from '../ip/address.ts'
import type { Mac } from '../ip/mac.ts'
import { wait } from '../time.ts'
import { parseArp, request } from './arp.ts'
import type { LanPort } from './lan-port.ts'
import { parseAdvertisement, solicitation } from './neighbor-discovery.ts'

const TRIES = 3
const PATIENCE = 300

/**
 * Asks for the MAC of a neighbour in the name of an address that is ours. Resolves to undefined when nobody answers within about a
 * second; an answer usually takes less than a millisecond.
 */
export async function resolveNeighbor(port: LanPort, own: Address, wanted: Address): Promise<Mac | undefined> {
  const v6 = wanted.includes(':')
  const socket = v6 ? port.ipv6 : port.arp
  const { promise, resolve } = Promise.withResolvers<Mac>()
  const done = new AbortController()
  const stop = socket.listen(bytes => {
    const mac = v6 ? advertisedBy(bytes, wanted) : answeredBy(bytes, wanted)
    if (mac !== undefined) resolve(mac)
  })
  try {
    for (let n = 0; n < TRIES; n++) {
      socket.send(v6 ? solicitation(port.mac, own, wanted) : request(port.mac, own, wanted))
      const mac = await Promise.race([promise, wait(PATIENCE, undefined, { signal: done.signal })])
      if (mac !== undefined) return mac
    }
    return undefined
  } finally {
    stop()
    done.abort()
  }
}

function answeredBy(bytes: Uint8Array, wanted: Address): Mac | undefined {
  const message = parseArp(bytes)
  return message?.operation === 'reply' && message.senderAddress === wanted ? message.senderMac : undefined
}

function advertisedBy(bytes: Uint8Array, wanted: Address): Mac | undefined {
  const advertisement = parseAdvertisement(bytes)
  return advertisement?.address === wanted ? advertisement.mac : undefined
}
