// Whether real clients get through with the reserved source, whatever runs the router.
import type { Test } from 'tap'
import { type FamilyName, values } from '../kit/documentation.ts'
import type { Lab } from '../kit/laboratory.ts'

export async function serves(t: Test, lab: Lab, what: string, families: readonly FamilyName[] = ['ipv4', 'ipv6']): Promise<void> {
  for (const family of families) {
    const { pod, source, destinations } = values[family]
    for (const protocol of ['tcp', 'udp'] as const) {
      const answer = await lab.ask('client', protocol, pod, 443)
      t.match(answer, { seen: source, at: destinations[0], port: 443 }, `${what}: ${family} ${protocol}`)
    }
  }
}
