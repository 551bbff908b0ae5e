import type { EgressConfig } from '../config/shape.ts'
import { type LinuxKernel, openLinux } from '../kernel/linux.ts'
import type { Aside } from '../router/aside.ts'
import type { KeepObserver } from '../router/keep.ts'
import type { RouterView } from '../router/view.ts'
import { OWNED_ALIAS } from '../state/link.ts'
import type { Operation } from '../state/operation.ts'
import { wait } from '../time.ts'
import type { Attachment } from './attachment.ts'
import { deleteOurs, provideLink } from './link.ts'

/** At least this long between two repairs: somebody may be undoing them. In milliseconds. */
const SPACING = 1000

/** What is looked after in a pod: a whole router, or a mere link. Its handle keeps the namespace alive until it is disposed of. */
export interface Upkeep extends Disposable {
  setUp(signal?: AbortSignal, aside?: Aside): Promise<{ readonly operations: readonly Operation[] }>
  watch(signal: AbortSignal, observer?: KeepObserver): Promise<void>
  tearDown(): unknown
  reconfigure?(config: EgressConfig): void
  view?(): RouterView
}

/**
 * A link whose addresses are the pod's own affair. It is made anew when it is deleted in the pod, or was lost with its parent; whatever else
 * the pod makes of it stays.
 */
export class MereLink implements Upkeep {
  readonly #attachment: Attachment
  readonly #kernel: LinuxKernel

  /** Errors: EgressRouterError `EUSAGE` (no such namespace), `ECAPABILITY`. */
  constructor(attachment: Attachment) {
    this.#attachment = attachment
    this.#kernel = openLinux({ namespace: attachment.namespace })
  }

  /** Errors: as `createLink`. */
  async setUp(): Promise<{ readonly operations: readonly Operation[] }> {
    const { name, parent, mode, mtu } = this.#attachment.link
    if (this.#kernel.link(name)?.alias === OWNED_ALIAS || !provideLink(this.#attachment).made) return { operations: [] }
    const creation = { parent, mode, mtu, namespace: this.#kernel.foreignNamespace }
    return { operations: [{ kind: 'link', verb: 'add', resource: { name, up: false, creation } }] }
  }

  /** Until the signal is aborted. Errors: as `createLink`. */
  async watch(signal: AbortSignal, observer?: KeepObserver): Promise<void> {
    const stop = new AbortController()
    const over = AbortSignal.any([signal, stop.signal])
    try {
      // listening begins before the first look, so that nothing falls between
      const changes = this.#kernel.changes(over)
      await this.#look(over, observer)
      for await (const { kind } of changes) if (kind === 'link' || kind === 'lost') await this.#look(over, observer)
    } finally {
      stop.abort()
    }
  }

  async #look(signal: AbortSignal, observer: KeepObserver | undefined): Promise<void> {
    const { operations } = await this.setUp()
    if (operations.length === 0) return
    observer?.repaired?.(operations)
    await wait(SPACING, undefined, { signal }).catch(() => {})
  }

  /** Also when nothing but this handle leads to the namespace any more. */
  tearDown(): void {
    deleteOurs(this.#kernel, this.#attachment.link.name)
  }

  [Symbol.dispose](): void {
    this.#kernel[Symbol.dispose]()
  }
}
