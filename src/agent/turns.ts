import type { Aside } from '../router/aside.ts'

/** Tasks that share a key take turns; at most `limit` work at once, and one that waits for the world lets others work meanwhile. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()
  readonly #waiting: (() => void)[] = []
  #free: number

  constructor(limit: number) {
    this.#free = limit
  }

  /** Runs `task` when every earlier task that shares a key is over and there is room. */
  async take<T>(keys: readonly string[], task: (aside: Aside) => Promise<T> | T): Promise<T> {
    const before = [...new Set(keys.map(key => this.#last.get(key)))]
    const { promise: mine, resolve: done } = Promise.withResolvers<void>()
    // all keys are taken in the same breath, so that two tasks never wait for each other
    for (const key of keys) this.#last.set(key, mine)
    try {
      await Promise.all(before)
      await this.#enter()
      try {
        return await task(wait => this.#stepAside(wait))
      } finally {
        this.#leave()
      }
    } finally {
      done()
      for (const key of keys) if (this.#last.get(key) === mine) this.#last.delete(key)
    }
  }

  async #stepAside<T>(wait: () => Promise<T>): Promise<T> {
    this.#leave()
    try {
      return await wait()
    } finally {
      await this.#enter()
    }
  }

  async #enter(): Promise<void> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  #leave(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#free++
  }
}
