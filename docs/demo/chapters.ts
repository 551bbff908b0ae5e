// The chapters of the demo. Each does something real in the laboratory and tells what came of it.
import { type FamilyName, values } from '../../test/kit/documentation.ts'
import type { Lab } from '../../test/kit/laboratory.ts'
import { snapshot, untouchable } from '../../test/kit/snapshot.ts'
import { fact, heading, quote, tell } from './story.ts'

const families: readonly FamilyName[] = ['ipv4', 'ipv6']
export type Environment = Readonly<Record<string, string>>
export type State = ReturnType<typeof untouchable>

export const stateOf = async (lab: Lab): Promise<State> => untouchable(await snapshot(lab))

export async function showPlan(lab: Lab, env: Environment): Promise<void> {
  heading('What the router would do: egress-router plan')
  const { code, stdout } = await lab.router(env, ['plan'])
  const lines = stdout.trimEnd().split('\n')
  const nft = lines.filter(line => line.startsWith('nft '))
  tell(`${lines.length} commands, of which ${nft.length} are one nftables transaction; the others, and the heart of the ruleset:`)
  quote(lines.filter(line => !line.startsWith('nft ') || / (dnat|snat) /.test(line)).join('\n'))
  fact('the plan was made and nothing was changed', code === 0, code)
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

export async function knockFromLan(lab: Lab): Promise<void> {
  heading('What a host of the LAN got when it tried to come in')
  for (const family of families) {
    const { source, neighbor } = values[family]
    await lab.must('holder', ['ip', 'route', 'add', neighbor, 'via', source])
    const knock = async (address: string, how: string) => {
      const { error, seen } = await lab.ask('holder', 'tcp', address, 8080, { patience: 700 })
      fact(`to ${address} port 8080, ${how}: nothing`, error === 'ETIMEDOUT', error ?? seen)
    }
    await knock(source, 'the reserved address')
    await knock(neighbor, 'a pod behind the router, routed through it')
  }
}

export async function showRouter(lab: Lab): Promise<void> {
  heading('The router as the kernel has it: egress-router show')
  const { code, stdout } = await lab.router({}, ['show'])
  quote(stdout)
  fact('every redirect has counted packets both ways', code === 0 && !/sent 0|received 0/.test(stdout), stdout)
  fact('the guard had nothing to stop', /^ {2}0 packets stopped/m.test(stdout), stdout)
}

export async function cleanUp(lab: Lab, env: Environment, before: State): Promise<void> {
  heading('Clean-up: egress-router clean')
  const { code } = await lab.router({}, ['clean'])
  fact('everything of ours is removed', code === 0, code)
  const tables = await lab.must('router', ['nft', 'list', 'tables'])
  fact('the table of somebody else is still there, ours is not', tables.includes('foreign') && !tables.includes('egress_router'), tables)
  const after = JSON.stringify(await stateOf(lab))
  fact("the pod's main table, its rules, eth0 and foreign tables are byte for byte as before", after === JSON.stringify(before), after)
  const { code: drift } = await lab.router(env, ['plan', '--exit-code'])
  fact('a new plan has everything to do again', drift === 3, drift)
}
