// Where the scripts beside this file keep what they make, and whether there is something to test.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { root } from '../kit/process.ts'

const { EGRESS_CONTAINER_DIR, XDG_CACHE_HOME, EGRESS_CONTAINER_TEST } = process.env
const work = EGRESS_CONTAINER_DIR ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'egress-router-container')

export const image = 'localhost/egress-router:test'
export const environment = { CONTAINERS_CONF: join(work, 'containers.conf'), CONTAINERS_STORAGE_CONF: join(work, 'storage.conf') }

const how = 'sh test/container/run.sh makes all that is missing and runs these tests'

/** Why there is nothing to test, in a form for tap's option `skip`: building takes minutes, and not every machine has what it takes. */
export function whyNot(): string | false {
  if (EGRESS_CONTAINER_TEST) return false
  const built = join(work, 'built')
  if (!existsSync(built)) return `no image of the router is here: ${how}`
  const env = { ...process.env, ...environment }
  if (spawnSync('podman', ['image', 'exists', image], { env }).status !== 0) return `podman or its image of the router is not here: ${how}`
  const inputs = ['src', 'bin', 'Dockerfile', '.dockerignore', 'package-lock.json'].map(name => join(root, name))
  const newer = spawnSync('find', [...inputs, '-newer', built, '-type', 'f'], { encoding: 'utf8' }).stdout.trim()
  return newer && `the image is older than ${newer.split('\n')[0]}: ${how}`
}
