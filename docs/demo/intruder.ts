// A chapter of the demo: what a host of the LAN gets when it tries to come in.
import type { Capture } from '../../test/kit/capture.ts'
import { type FamilyName, values } from '../../test/kit/documentation.ts'
import type { Lab } from '../../test/kit/laboratory.ts'
import { fact, heading } from './story.ts'

const families: readonly FamilyName[] = ['ipv4', 'ipv6']
const protocols = ['tcp', 'udp'] as const
const port = 8080

/** Serves on a pod behind the router, so that silence is the router's doing and not for want of anybody to answer. */
export async function knockFromLan(lab: Lab, capture: Capture, mac: string): Promise<void> {
  heading('What a host of the LAN got when it tried to come in')
  await lab.serve('neighbor', [values.ipv4.neighbor, values.ipv6.neighbor], [port])
  for (const family of families) {
    const { source, neighbor, holder } = values[family]
    await lab.must('holder', ['ip', 'route', 'add', neighbor, 'via', source])
    const welcome = await lab.ask('client', 'tcp', neighbor, port)
    fact(`pods reach ${neighbor} port ${port} among themselves`, welcome.at === neighbor, welcome)
    await Promise.all(
      protocols.flatMap(protocol => [
        knock(protocol, source, 'the reserved address'),
        knock(protocol, neighbor, 'a pod behind the router, routed through it')
      ])
    )
    const arrived = protocols.map(protocol =>
      capture.sees(frame => frame.to === mac && frame.source === holder && frame.protocol === numbers[protocol], 1)
    )
    fact(`and yet the packets of ${holder} did arrive at the router`, (await Promise.all(arrived)).every(Boolean))
  }

  async function knock(protocol: 'tcp' | 'udp', address: string, what: string): Promise<void> {
    const { error, seen } = await lab.ask('holder', protocol, address, port, { patience: 700 })
    fact(`${protocol} to ${address} port ${port}, ${what}: no answer`, error === 'ETIMEDOUT', error ?? seen)
  }
}

const numbers = { tcp: 6, udp: 17 } as const
