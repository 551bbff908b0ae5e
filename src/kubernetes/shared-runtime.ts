import type { PodSandbox, Runtime } from './cri.ts'

/** When hundreds of pods ask at once for their sandboxes, the runtime is asked once: an answer under way serves all who come meanwhile. */
export function shareListing(runtime: Runtime): Runtime {
  let asked: Promise<readonly PodSandbox[]> | undefined
  let next: Promise<readonly PodSandbox[]> | undefined
  const ask = () => {
    const listing = runtime.sandboxes().finally(() => {
      if (asked === listing) asked = undefined
    })
    asked = listing
    return listing
  }
  return {
    // an answer under way may be older than the reason to ask: who comes meanwhile shares the one after it
    sandboxes() {
      if (!asked) return ask()
      next ??= asked
        .catch(() => {})
        .then(() => {
          next = undefined
          return ask()
        })
      return next
    },
    namespaceOf: id => runtime.namespaceOf(id),
    version: () => runtime.version(),
    [Symbol.dispose]: () => runtime[Symbol.dispose]()
  }
}
