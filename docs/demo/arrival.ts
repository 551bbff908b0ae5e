// A chapter of the demo: the router starts as its container would start it, and the LAN hears of it.
import type { Capture } from '../../test/kit/capture.ts'
import { ipv4, ipv6 } from '../../test/kit/documentation.ts'
import type { Lab } from '../../test/kit/laboratory.ts'
import type { Running } from '../../test/kit/process.ts'
import type { Environment } from './chapters.ts'
import { fact, heading, quote } from './story.ts'

export async function start(lab: Lab, env: Environment, capture: Capture, mac: string): Promise<Running> {
  heading('The router starts: egress-router run')
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value.replaceAll('\n', ' ⏎ ')}`)
  quote(variables.join('\n'))
  const router = lab.startRouter(env)
  await router.shows(/"msg":"ready"/, 30)
  const line = /.*"msg":"ready".*/.exec(router.output())?.[0] ?? '{}'
  const { milliseconds, changes } = JSON.parse(line) as { milliseconds: number; changes: number }
  fact(`it is ready after ${Math.round(milliseconds)} ms and ${changes} changes`, changes > 0, line)
  await announced(lab, capture, mac)
  return router
}

async function announced(lab: Lab, capture: Capture, mac: string): Promise<void> {
  const gratuitous = (operation: number) =>
    capture.sees(
      frame => frame.from === mac && frame.operation === operation && frame.source === ipv4.source && frame.destination === ipv4.source
    )
  fact(`the LAN heard by ARP request "${ipv4.source} is at ${mac}"`, await gratuitous(1), 'nothing in 5 s')
  fact('and by ARP reply, for hosts that learn from nothing else', await gratuitous(2), 'nothing in 5 s')
  const advertised = capture.sees(frame => frame.from === mac && frame.icmp === 136 && frame.source === ipv6.source)
  fact(`and by neighbour advertisement the same of ${ipv6.source}`, await advertised, 'nothing in 5 s')
  for (const { source } of [ipv4, ipv6]) {
    const entry = (await lab.must('gateway', ['ip', 'neigh', 'show', source])).trim()
    fact(`the gateway has noted: ${entry}`, entry.includes(mac), entry)
  }
}
