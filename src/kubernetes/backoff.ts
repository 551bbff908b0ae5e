export interface BackoffOptions {
  /** The first pause and the longest, in milliseconds. */
  readonly first?: number
  readonly longest?: number
  /** Gives a number from 0 up to 1. */
  readonly random?: () => number
}

/** Pauses that double, up to a longest one, each scattered over its upper half: nodes that failed together do not come back together. */
export class Backoff {
  readonly #first: number
  readonly #longest: number
  readonly #random: () => number
  #attempts = 0

  constructor({ first = 250, longest = 30_000, random = Math.random }: BackoffOptions = {}) {
    this.#first = first
    this.#longest = longest
    this.#random = random
  }

  /** The pause before the next try, in milliseconds. */
  next(): number {
    const whole = Math.min(this.#first * 2 ** Math.min(this.#attempts++, 30), this.#longest)
    return Math.round(whole / 2 + (whole / 2) * this.#random())
  }

  reset(): void {
    this.#attempts = 0
  }
}
