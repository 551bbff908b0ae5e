import { type FSWatcher, watch } from 'node:fs'
import { dirname } from 'node:path'

/** How often everything is looked at, whatever was heard: namespaces of processes vanish without a word. In milliseconds. */
const ROUND = 10_000
/** A runtime that ends a node's pods removes many at once. In milliseconds. */
const BURST = 20

/**
 * Tells when namespaces may have vanished. A handle of ours keeps a namespace alive, with its addresses, after everybody else has let go
 * of it: so somebody has to look whether it is still wanted.
 */
export class NamespaceWatch implements Disposable {
  readonly #look: () => void
  readonly #folders = new Map<string, FSWatcher>()
  readonly #round: NodeJS.Timeout
  #burst: NodeJS.Timeout | undefined

  constructor(look: () => void) {
    this.#look = look
    this.#round = setInterval(look, ROUND).unref()
  }

  /**
   * Listens to the folders of these paths, and to no others; without a path, to those of the last ones, as the next one will be there, too,
   * and the kernel takes ten milliseconds to begin to listen.
   */
  follow(paths: Iterable<string>): void {
    const wanted = new Set(Array.from(paths, dirname).filter(folder => !folder.startsWith('/proc')))
    if (wanted.size === 0) return
    for (const [folder, watcher] of this.#folders) {
      if (wanted.has(folder)) continue
      watcher.close()
      this.#folders.delete(folder)
    }
    for (const folder of wanted) if (!this.#folders.has(folder)) this.#listen(folder)
  }

  #listen(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => {
        this.#burst ??= setTimeout(() => {
          this.#burst = undefined
          this.#look()
        }, BURST).unref()
      })
      // a folder that is removed: the rounds go on
      watcher.on('error', () => watcher.close())
      this.#folders.set(folder, watcher)
    } catch {
      // it is not there any more: the next round will tell
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#round)
    clearTimeout(this.#burst)
    for (const watcher of this.#folders.values()) watcher.close()
  }
}
