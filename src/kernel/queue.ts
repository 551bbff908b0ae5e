/** Turns callbacks into an async iteration that ends when the signal is aborted; nothing that is pushed is lost. */
export function queue<T>(signal: AbortSignal): { push(item: T): void; drain(): AsyncGenerator<T, void, undefined> } {
  const items: T[] = []
  let wake: (() => void) | undefined
  const awaken = () => wake?.()
  signal.addEventListener('abort', awaken, { once: true })
  return {
    push(item) {
      items.push(item)
      awaken()
    },
    async *drain() {
      for (;;) {
        while (items.length > 0 && !signal.aborted) yield items.shift() as T
        if (signal.aborted) return
        await new Promise<void>(resolve => {
          wake = resolve
        })
        wake = undefined
      }
    }
  }
}
