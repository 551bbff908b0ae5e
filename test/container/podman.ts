// Containers of the product's image in the network namespace of the laboratory's router pod, removed with the test.
import { spawnSync } from 'node:child_process'
import type { Lab } from '../kit/laboratory.ts'
import { type Finished, Processes } from '../kit/process.ts'
import { environment, image } from './settings.ts'

/** What a pod's securityContext says in the examples of deploy/: no capability but two, nothing writable, nothing to be gained. */
export const leastPrivilege = [
  '--cap-drop=ALL',
  '--cap-add=NET_ADMIN,NET_RAW',
  '--security-opt=no-new-privileges',
  '--read-only',
  '--read-only-tmpfs=false'
]

export class Podman {
  readonly #processes = new Processes()
  readonly #namespace: string
  readonly #made: string[][] = []

  constructor(t: { teardown(ending: () => unknown): unknown }, lab: Lab) {
    this.#namespace = `ns:/run/netns/${lab.name('router')}`
    // the containers are no children of ours: nobody but us ends them
    const end = () => {
      for (const command of this.#made.splice(0).reverse()) spawnSync('podman', command, { env: { ...process.env, ...environment } })
    }
    process.once('exit', end)
    t.teardown(() => {
      end()
      process.off('exit', end)
    })
  }

  run(...args: string[]): Promise<Finished> {
    return this.#processes.run(['podman', ...args], { env: environment, seconds: 60 })
  }

  must(...args: string[]): Promise<string> {
    return this.#processes.must(['podman', ...args], { env: environment, seconds: 60 })
  }

  /** `podman run` of the product in the router pod; gives its end or, with `--detach`, at once. */
  router(name: string, env: Readonly<Record<string, string>>, options: readonly string[], args: readonly string[] = []): Promise<Finished> {
    this.#made.push(['rm', '--force', '--time=0', name])
    return this.run('run', `--name=${name}`, '--pull=never', `--network=${this.#namespace}`, ...options, ...variables(env), image, ...args)
  }

  /**
   * A pod of containers that all live in the router pod's namespace. It has no infra container: that one would get a network of its own,
   * by a bridge in the root namespace.
   */
  async pod(name: string): Promise<void> {
    this.#made.push(['pod', 'rm', '--force', '--time=0', name])
    await this.must('pod', 'create', `--name=${name}`, '--infra=false')
  }

  /** Adds a container to a pod; `command` replaces the image's own. */
  async member(pod: string, name: string, options: readonly string[], command: readonly string[] = []): Promise<void> {
    const [entrypoint, ...args] = command
    const instead = entrypoint === undefined ? [] : [`--entrypoint=${entrypoint}`]
    const place = [`--pod=${pod}`, `--name=${name}`, '--pull=never', `--network=${this.#namespace}`]
    await this.must('create', ...place, ...options, ...instead, image, ...args)
  }

  /** What a container is now: `{{.State.ExitCode}}` and the like. */
  async inspect(name: string, template: string): Promise<string> {
    return (await this.must('container', 'inspect', '--format', template, name)).trim()
  }
}

export const variables = (env: Readonly<Record<string, string>>) => Object.entries(env).map(([name, value]) => `--env=${name}=${value}`)
