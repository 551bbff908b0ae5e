// A monitor in a namespace, and waiting for what it hears.
import { type MonitorEvent, NetlinkMonitor } from '../../src/netlink/monitor.ts'
import { NETLINK_ROUTE } from '../../src/netlink/socket.ts'
import { inNamespace } from '../../src/sys/namespace.ts'
import type { Scratch } from './scratch.ts'

export interface Listener extends Disposable {
  /** All that has been heard. */
  readonly events: MonitorEvent[]
  /** Waits until an event matches that was heard after the last one waited for. */
  hears(matches: (event: MonitorEvent) => boolean): Promise<MonitorEvent>
}

export function listen(
  t: { teardown(ending: () => unknown): unknown },
  { namespace }: Scratch,
  groups: readonly number[],
  options: { receiveBuffer?: number } = {}
): Listener {
  const events: MonitorEvent[] = []
  let seen = 0
  let wake = () => {}
  const hear = (event: MonitorEvent) => {
    events.push(event)
    wake()
  }
  const monitor = inNamespace(namespace, () => new NetlinkMonitor(NETLINK_ROUTE, groups, hear, options))
  t.teardown(() => monitor[Symbol.dispose]())
  return {
    events,
    async hears(matches) {
      for (;;) {
        const at = events.findIndex((event, i) => i >= seen && matches(event))
        if (at >= 0) {
          seen = at + 1
          return events[at] as MonitorEvent
        }
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
    },
    [Symbol.dispose]: () => monitor[Symbol.dispose]()
  }
}
