// The chapters of the demo. Each does something real in the laboratory and tells what came of it.
import { type FamilyName, values } from '../../test/kit/documentation.ts'
import type { Lab } from '../../test/kit/laboratory.ts'
import { type Snapshot, snapshot } from '../../test/kit/snapshot.ts'
import { fact, heading, quote, tell } from './story.ts'

const families: readonly FamilyName[] = ['ipv4', 'ipv6']
export type Environment = Readonly<Record<string, string>>

export async function showPlan(lab: Lab, env: Environment, before: Snapshot): Promise<void> {
  heading('What the router would do: egress-router plan')
  const { code, stdout } = await lab.router(env, ['plan'])
  const lines = stdout.trimEnd().split('\n')
  const nft = lines.filter(line => line.startsWith('nft '))
  tell(`${lines.length} commands, of which ${nft.length} are one nftables transaction; the others, and the heart of the ruleset:`)
  quote(lines.filter(line => !line.startsWith('nft ') || / (dnat|snat) /.test(line)).join('\n'))
  const same = JSON.stringify(await snapshot(lab)) === JSON.stringify(before)
  fact('the plan was made and nothing was changed', code === 0 && same, code === 0 ? 'the pod is not as it was' : code)
}

export async function askAll(lab: Lab): Promise<void> {
  heading('What clients asked, and what the server saw')
  for (const family of families) {
    const { pod, source, destinations } = values[family]
    for (const [host, where] of [
      ['client', 'a pod on another subnet'],
      ['neighbor', 'a pod on the same subnet']
    ] as const) {
      for (const [protocol, port] of [
        ['tcp', 80],
        ['tcp', 30_000],
        ['udp', 53]
      ] as const) {
        const { seen, seenPort, at, port: reached, error } = await lab.ask(host, protocol, pod, port)
        fact(
          `${where} dialled ${protocol} ${pod} port ${port}: ${at} port ${reached} saw ${seen} port ${seenPort}`,
          seen === source && at === destinations[0] && reached === port,
          error ?? { seen, at, reached }
        )
      }
    }
  }
}

export async function showRouter(lab: Lab, env: Environment): Promise<void> {
  heading('The router as the kernel has it: egress-router show')
  const { code, stdout } = await lab.router({}, ['show'])
  quote(stdout)
  fact('every redirect has counted packets both ways', code === 0 && !/sent 0|received 0/.test(stdout), stdout)
  fact('the guard had nothing to stop', /^ {2}0 packets stopped/m.test(stdout), stdout)
  const check = await lab.router(env, ['check'])
  fact('egress-router check: the kernel is as the configuration says', check.code === 0, check.output)
}
