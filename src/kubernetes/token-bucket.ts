import { wait } from '../time.ts'

export interface TokenBucketOptions {
  readonly burst: number
  readonly perSecond: number
  readonly now?: () => number
}

/** So many at once, and then so many a second. */
export class TokenBucket {
  readonly #burst: number
  readonly #perSecond: number
  readonly #now: () => number
  #tokens: number
  #at: number

  constructor({ burst, perSecond, now = Date.now }: TokenBucketOptions) {
    this.#burst = burst
    this.#perSecond = perSecond
    this.#now = now
    this.#tokens = burst
    this.#at = now()
  }

  /** Milliseconds until there is a token; 0 takes it. */
  request(): number {
    const now = this.#now()
    // a clock that was put back gives nothing
    this.#tokens = Math.min(this.#burst, this.#tokens + (Math.max(0, now - this.#at) / 1000) * this.#perSecond)
    this.#at = now
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) / this.#perSecond) * 1000)
    this.#tokens--
    return 0
  }

  /** Waits for a token and takes it; the waiting keeps no process alive. */
  async take(): Promise<void> {
    for (let left = this.request(); left > 0; left = this.request()) await wait(left, undefined, { ref: false })
  }
}
