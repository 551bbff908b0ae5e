// The agent sets a pod's network up: from connecting to its socket, as the CNI plugin does, to its answer. Started in the node's namespace with
// the file of the pod's.
//   go       ADD: as the others, and the table, the sysctls, the look for the gateway and a record on the disk
//   back     DEL
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { GATEWAY, SOURCE } from '../lists.ts'

const folder = mkdtempSync(join(tmpdir(), 'egress-bench-'))
const socket = join(folder, 'agent.sock')
const start = fileURLToPath(new URL('../../bin/start.cjs', import.meta.url))
const agent = spawn('setpriv', ['--pdeathsig', 'KILL', process.execPath, start, 'agent', '--kubernetes', 'off', '--socket', socket], {
  stdio: ['ignore', 'ignore', 'pipe']
})
process.once('exit', () => {
  agent.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

const input = Buffer.from(
  JSON.stringify({
    cniVersion: '1.0.0',
    name: 'bench',
    type: 'egress-router',
    interfaceArgs: { master: 'up0', mode: 'private' },
    ip: { addresses: [`${SOURCE}/24`], gateway: GATEWAY, destinations: ['80 tcp 203.0.113.25'] },
    conflictProbe: 'off'
  })
)
const settings = { CNI_CONTAINERID: 'bench', CNI_IFNAME: 'macvlan0', CNI_NETNS: process.argv[2], CNI_PATH: '/usr/lib/cni' }

/** What native/cni-shim sends; rejects with the agent's words. */
function tell(command: string): Promise<void> {
  const environment = Buffer.from(
    Object.entries({ ...settings, CNI_COMMAND: command })
      .map(([name, value]) => `${name}=${value}\0`)
      .join('')
  )
  const header = Buffer.alloc(12)
  header.write('ERC1')
  header.writeUInt32LE(environment.length, 4)
  header.writeUInt32LE(input.length, 8)
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    const connection = connect(socket, () => connection.write(Buffer.concat([header, environment, input])))
    connection.on('error', reject)
    connection.on('data', part => parts.push(part))
    connection.on('end', () => {
      const answer = Buffer.concat(parts)
      if (answer.readUInt32LE(0) === 0) resolve()
      else reject(new Error(`${command}: ${answer.subarray(8)}`))
    })
  })
}

await new Promise<void>((resolve, reject) => {
  let words = ''
  agent.once('exit', () => reject(new Error(`the agent ended: ${words}`)))
  agent.stderr.on('data', part => {
    words = `${words}${part}`.slice(-2000)
    if (words.includes('"msg":"ready"')) resolve()
  })
})
console.log('ready')
for await (const line of createInterface({ input: process.stdin })) {
  try {
    const begun = process.hrtime.bigint()
    await tell(line === 'back' ? 'DEL' : 'ADD')
    console.log(String(process.hrtime.bigint() - begun))
  } catch (error) {
    console.log(`error ${String((error as Error).message).replaceAll('\n', ' ')}`)
  }
}
process.exit()
