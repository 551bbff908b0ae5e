// The LAN around the node: a gateway, and behind it the servers of the documentation.
import { join } from 'node:path'
import { root } from '../kit/process.ts'
import type { Node } from './node.ts'

/** The addresses of the documentation on the laboratory's LAN, and behind its gateway. */
export async function makeLan(node: Node): Promise<void> {
  const add = (host: string, ...lines: string[]) =>
    node.processes.run(node.in(host, ['ip', '-force', '-batch', '-']), { input: lines.join('\n') })
  await add('gw', 'addr replace 192.168.12.1/24 dev lan', 'addr replace 203.0.113.1/24 dev ext')
  const addresses = ['203.0.113.25', '203.0.113.26', '203.0.113.27']
  await add('srv', ...addresses.map(address => `addr replace ${address}/24 dev eth0`), 'route replace 192.168.12.0/24 via 203.0.113.1')
  const plan = JSON.stringify({ addresses, ports: [53, 80, 443, 7777] })
  const server = node.processes.start(node.in('srv', ['node', join(root, 'test/kit/server.ts'), plan]), { seconds: 900 })
  await server.shows(/ready/)
}
