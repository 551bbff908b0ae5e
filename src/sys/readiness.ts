import koffi from 'koffi'

/**
 * Calls `ready` from the event loop whenever `fd` can be read, until the returned function is called. The descriptor is watched by
 * the loop's own poll (uv_poll): no thread, no timer, no wake-up while nothing comes. `koffi.node.poll` is not a documented
 * promise of koffi, so its version is pinned and this file is the only one that knows it.
 *
 * @param keepAlive whether the watch alone keeps the process running
 */
export function watchReadable(fd: number, ready: () => void, keepAlive = true): () => void {
  const handle = koffi.node.poll(fd, { readable: true, writable: false, disconnect: false }, () => ready())
  if (!keepAlive) handle.unref()
  let open = true
  return () => {
    if (open) handle.close()
    open = false
  }
}
