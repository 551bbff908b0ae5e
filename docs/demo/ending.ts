// The last chapters of the demo: the router ends, its traces are removed, and so is the laboratory.
import { spawnSync } from 'node:child_process'
import { ipv4 } from '../../test/kit/documentation.ts'
import type { Lab } from '../../test/kit/laboratory.ts'
import type { Running } from '../../test/kit/process.ts'
import { type Snapshot, snapshot } from '../../test/kit/snapshot.ts'
import type { Environment } from './chapters.ts'
import { fact, heading } from './story.ts'

export async function stop(lab: Lab, router: Running): Promise<void> {
  heading('The end: SIGTERM')
  const start = performance.now()
  const { code, output } = await router.end('SIGTERM')
  const seconds = (performance.now() - start) / 1000
  fact(`the router ended with exit code 0 after ${seconds.toFixed(2)} s`, code === 0 && seconds < 5, output)
  const { seen } = await lab.ask('client', 'tcp', ipv4.pod, 443)
  fact(`what it made goes on working while the pod is there: the server still sees ${seen}`, seen === ipv4.source, seen)
}

export async function cleanUp(lab: Lab, env: Environment, before: Snapshot): Promise<void> {
  heading('Clean-up: egress-router clean')
  const { code, output } = await lab.router({}, ['clean'])
  fact('everything of ours is removed', code === 0, output)
  const after = await snapshot(lab)
  for (const [key, what] of Object.entries(questions) as [keyof Snapshot, string][]) {
    fact(`${what}: as before the router came`, JSON.stringify(after[key]) === JSON.stringify(before[key]), after[key])
  }
  const refused = await lab.ask('client', 'tcp', ipv4.pod, 443)
  fact(`a client that asks ${ipv4.pod} gets ${refused.error}`, refused.error === 'ECONNREFUSED', refused)
  const { code: drift } = await lab.router(env, ['plan', '--exit-code'])
  fact('a new plan has everything to do again', drift === 3, drift)
}

const questions: Readonly<Record<keyof Snapshot, string>> = {
  routes4: 'IPv4 routes of every table',
  routes6: 'IPv6 routes of every table',
  rules4: 'IPv4 rules',
  rules6: 'IPv6 rules',
  links: 'links and addresses',
  nftables: 'nftables, with the table of somebody else',
  sysctls: 'sysctls'
}

export async function takeDown(lab: Lab): Promise<void> {
  await lab.down()
  const names = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout
  const prefix = lab.name('router').replace(/router$/, '')
  fact('no namespace of the laboratory is left', !names.includes(prefix), names)
}
