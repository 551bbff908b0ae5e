// What a process costs that has nothing to do: memory and wake-ups.
import { readdirSync, readFileSync } from 'node:fs'

export interface Rest {
  readonly resident_kb: number
  readonly private_dirty_kb: number
  readonly wakeups_per_10s: number
}

const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

/** Looks at a process for `seconds`, after it has had as long to come to rest. */
export async function measureRest(pid: number, settle: number, seconds: number): Promise<Rest> {
  await sleep(settle * 1000)
  const before = switches(pid)
  await sleep(seconds * 1000)
  const wakeups = switches(pid) - before
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)?.[1] ?? 0)
  return {
    resident_kb: kilobytes('Rss'),
    private_dirty_kb: kilobytes('Private_Dirty'),
    wakeups_per_10s: Math.round((wakeups * 10) / seconds)
  }
}

/** How often its threads have gone to sleep again. */
function switches(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, task) => {
    const status = readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8')
    return sum + Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1] ?? 0)
  }, 0)
}
