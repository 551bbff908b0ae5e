import { formatError } from '../errors.ts'
import type { Log } from '../observe/log.ts'
import { wait } from '../time.ts'
import type { Api } from './api.ts'
import { Backoff } from './backoff.ts'
import { codeOf } from './list-watch.ts'

/** How long an agent that ends waits for an answer, in milliseconds: it is killed some seconds later. */
const PATIENCE = 3000

/** How a DaemonSet says that its agents keep the CNI plugin chained. */
const KEEPS_PLUGIN = /EGRESS_CNI_CONF_DIR|--cni-conf-dir/

/**
 * The DaemonSet that the agent belongs to. An agent that is told to end is followed by another one if it is there, which is an upgrade;
 * if it is gone, or does without the CNI plugin from now on, nobody looks after that on the node, and nobody takes it away but this agent.
 */
export class OwnDaemonSet {
  readonly #api: Pick<Api, 'readDaemonSet' | 'ownNamespace'>
  readonly #name: string
  readonly #log: Log
  /** Settles when it has been found, or never will be. */
  readonly found: Promise<void>
  #known = false
  #goes = false

  constructor(api: Pick<Api, 'readDaemonSet' | 'ownNamespace'>, name: string, log: Log, signal: AbortSignal) {
    this.#api = api
    this.#name = name
    this.#log = log
    this.found = this.#find(signal)
  }

  /** Its Kubernetes namespace is being deleted, and with it, sooner or later, the DaemonSet. */
  goes(): void {
    this.#goes = true
  }

  /**
   * Whether it is gone, being deleted, or does without the plugin. What was once seen and may not be asked for any more went together with
   * the agent's rights. When in doubt it is there.
   */
  async hasLetGo(): Promise<boolean> {
    if (this.#goes || !this.#known) return this.#goes
    try {
      const answer = await Promise.race([this.#api.readDaemonSet(this.#name), wait(PATIENCE)])
      if (!answer) return false
      return answer.metadata?.deletionTimestamp !== undefined || !KEEPS_PLUGIN.test(JSON.stringify(answer.spec?.template))
    } catch (error) {
      return [401, 403, 404].includes(codeOf(error) ?? 0)
    }
  }

  async #find(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff()
    while (!signal.aborted && !this.#known) {
      try {
        await this.#api.readDaemonSet(this.#name)
        this.#known = true
        return
      } catch (error) {
        const never = [403, 404].includes(codeOf(error) ?? 0)
        const which = `DaemonSet ${this.#api.ownNamespace}/${this.#name}`
        if (never) this.#log.warn(`${which}: ${formatError(error)}; the plugin will stay when it is deleted`)
        if (never) return
      }
      await wait(backoff.next(), undefined, { signal }).catch(() => {})
    }
  }
}
