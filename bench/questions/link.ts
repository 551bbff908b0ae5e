// Question 3: from nothing to a macvlan link in the pod, with address, routes and rules, up.
import { openShelf, type Shelf, script } from '../artefacts.ts'
import { type Figure, paired, warmUpFor } from '../measure/paired.ts'
import { rowOfFigures } from '../measure/row.ts'
import { median } from '../measure/summary.ts'
import { peerSource, programPath } from '../obtain/obtain.ts'
import { makeNamespace, makePod, type Namespace } from '../place/namespace.ts'
import { type Program, startProgram } from '../place/program.ts'
import type { Ask } from './place.ts'

/** Programs that stay, each started in the node's namespace for a pod of its own. */
const programs: Readonly<Record<string, readonly string[]>> = {
  ours: [process.execPath, peerSource('ours-link.ts')],
  'ours-agent': [process.execPath, peerSource('ours-agent.ts')],
  libmnl: [programPath('link-libmnl')],
  go: [programPath('go-link')],
  pyroute2: ['/usr/bin/python3', peerSource('pyroute2-link.py')]
}

/** Of a turn of a program that stays. */
const ROUNDS = 5

const back = `link del macvlan0
route del unreachable default table 4242 metric 4294967295
rule del priority 1000
rule del priority 1001
`

interface Entrant {
  readonly peer: string
  readonly pod: Namespace
  readonly program: Program
  readonly go: string
  readonly janitor: Program
}

export const link: Ask = async ({ peers, runs, progress, lose }) => {
  using shelf = openShelf()
  const node = makeNamespace('node')
  node.ip('link add up0 type veth peer name lan0\nlink set up0 up\nlink set lan0 up\n')
  const restore = `run ${shelf.write('reset.script', script({ argv: ['ip', '-batch', shelf.write('reset', back)] }))}`
  const entrants: Entrant[] = []
  let wanted = ''
  for (const peer of peers) {
    const pod = makePod('pod')
    try {
      const [program, go] = await start(peer, node, pod, shelf)
      await program.time(go)
      const found = stateOf(pod)
      wanted ||= found
      if (found !== wanted) throw new Error(`its result is wrong:\n${found}\ninstead of\n${wanted}`)
      const janitor = await startProgram(pod, [programPath('run')])
      entrants.push({ peer, pod, program, go, janitor })
    } catch (error) {
      if (peer === 'ours' || /its result is wrong/.test(String(error))) throw new Error(`peer '${peer}': ${(error as Error).message}`)
      lose(peer, (error as Error).message)
      pod.remove()
    }
  }
  const count = runs ?? 60
  const times = await paired(
    entrants.map(({ peer, program, go, janitor }) => {
      // the agent repairs what another takes away
      const reset = async () => void (await (peer === 'ours-agent' ? program.ask('back') : janitor.ask(restore)))
      const once = async (): Promise<Figure> => {
        await reset()
        return { warm: await program.time(go) }
      }
      // another program puts the place back, so the rounds cannot be one turn of this one; they follow each other at least
      const often = async (): Promise<Figure> => {
        const spent: number[] = []
        for (let round = 0; round < ROUNDS; round++) spent.push((await once()).warm)
        return { warm: median(spent), cold: spent[0] }
      }
      return { peer, learns: peer === 'ours', time: programs[peer] ? often : once }
    }),
    { runs: count, warmUp: warmUpFor(1, count), progress: done => progress(`link: ${Math.max(done, 0)} of ${count}`) }
  )
  for (const { peer, pod } of entrants) if (stateOf(pod) !== wanted) throw new Error(`peer '${peer}': its last result is wrong`)
  await Promise.all(entrants.flatMap(({ program, janitor }) => [program.end(), janitor.end()]))
  for (const { pod } of entrants) pod.remove()
  node.remove()
  return entrants.map(({ peer }, i) => rowOfFigures({ peer, n: 1 }, times[i] as Figure[], times[0] as Figure[]))
}

async function start(peer: string, node: Namespace, pod: Namespace, shelf: Shelf): Promise<[Program, string]> {
  const argv = programs[peer]
  if (argv) return [await startProgram(node, [...argv, pod.path]), 'go']
  const planner = await startProgram(node, [...(programs.ours as string[]), pod.path])
  const commands = JSON.parse((await planner.ask('plan')).join(' ')) as string[]
  await planner.end()
  const write = peer === 'ip' ? oneByOne : inBatches
  return [await startProgram(node, [programPath('run')]), `run ${write(commands, pod, shelf)}`]
}

/** The product's plan, typed: the first command makes the link from the node's side, all others speak of the pod. */
function oneByOne(commands: readonly string[], pod: Namespace, shelf: Shelf): string {
  const programs = commands.map(command => {
    const argv = command
      .replace(/ -n \S+/, '')
      .replace(/ netns \S+/, ` netns ${pod.name}`)
      .split(' ')
    return command.includes('link add') ? { argv } : { argv, namespace: pod.path }
  })
  return shelf.write('ip.script', script(...programs))
}

function inBatches(commands: readonly string[], pod: Namespace, shelf: Shelf): string {
  const lines = commands.map(command =>
    command
      .replace(/^ip /, '')
      .replace(/-n \S+ /, '')
      .replace(/ netns \S+/, ` netns ${pod.name}`)
  )
  const first = shelf.write('first.batch', `${lines.filter(line => line.includes('link add')).join('\n')}\n`)
  const rest = shelf.write('rest.batch', `${lines.filter(line => !line.includes('link add')).join('\n')}\n`)
  return shelf.write('ip-batch.script', script({ argv: ['ip', '-batch', first] }, { argv: ['ip', '-batch', rest], namespace: pod.path }))
}

/**
 * The pod's network as `ip` lists it, without what may differ: indexes, hardware address, carrier, a broadcast address (which some
 * libraries add), and the mark that not all can write.
 */
function stateOf(pod: Namespace): string {
  const listed = [
    ['ip', '-d', '-o', 'link', 'show', 'macvlan0'],
    ['ip', '-o', '-4', 'addr', 'show', 'macvlan0'],
    ['ip', 'route', 'show', 'table', '4242'],
    ['ip', 'rule']
  ].map(argv => pod.must(argv).replaceAll(/^\d+: macvlan0/gm, 'macvlan0'))
  return listed
    .join('')
    .replaceAll(/@if\d+|link\/ether \S+|(state|qdisc|qlen|link-netns|link-netnsid|group) \S+|<[^>]*>|brd [\d.]+| proto 101|\\/g, '')
    .replaceAll(/[ \t]+/g, ' ')
}
