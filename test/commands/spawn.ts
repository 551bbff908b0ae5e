import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The executable, as it is installed. */
export const executable = fileURLToPath(new URL('../../bin/egress-router', import.meta.url))

/** What a command line printed, and how it ended; nothing of our own environment but PATH reaches it. */
export function run(args: readonly string[], options: { env?: Readonly<Record<string, string>>; cwd?: string; file?: string } = {}) {
  const { env = {}, cwd, file = executable } = options
  const { stdout, stderr, status } = spawnSync(file, args, { encoding: 'utf8', env: { PATH: process.env.PATH, ...env }, cwd })
  return { stdout, stderr, lines: stderr.split('\n').slice(0, -1), code: status }
}

/** An environment that is right in all. */
export const sound = {
  EGRESS_SOURCE: '192.168.12.99/24',
  EGRESS_GATEWAY: '192.168.12.1',
  EGRESS_DESTINATION: '8080 tcp 203.0.113.26 80\n203.0.113.27'
}
