import koffi from 'koffi'

/**
 * Calls `ready` from the event loop whenever `fd` can be read, until the returned function is called. The descriptor is watched by
 * the loop's own poll (uv_poll): no thread, no timer, no wake-up while nothing comes. `koffi.node.poll` is not a documented
 * promise of koffi, so its version is pinned and this file is the only one that knows it.
 *
 * @param keepAlive whether the watch alone keeps the process running
 */
export function watchReadable(fd: number, ready: () => void, keepAlive = true): () => void {
  const events = { readable: true, writable: false, disconnect: false }
  let open = true
  // koffi hands on what uv_poll says, status first; its types know only the events
  const heard = (status: unknown) => {
    try {
      ready()
    } finally {
      // an error of the socket (ENOBUFS: messages were dropped) makes uv_poll stop watching, although it is over once it is read
      if (open && (status as number) < 0) handle.start(events, heard)
    }
  }
  const handle = koffi.node.poll(fd, events, heard)
  if (!keepAlive) handle.unref()
  return () => {
    if (open) handle.close()
    open = false
  }
}
