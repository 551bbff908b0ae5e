/**
 * Aborted by the first SIGTERM or SIGINT. A handler must be there from the start: for process 1 of a container the kernel drops signals
 * that have none.
 */
export function untilSignalled(): AbortSignal {
  const stop = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort(name))
  return stop.signal
}
