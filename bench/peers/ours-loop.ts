// For how long the product's event loop stands still while it replaces redirects, felt by a timer in the same loop, with V8 as it is. Started
// in a pod. Gives one JSON document, and has to be started anew for the next.
//   run N RUNS FILE   `run` follows a file of N redirects, in whose place another comes of which every target differs
//   library N RUNS    the same with a router of the library, which is reconfigured with a text
import { openSync, readSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { run } from '../../src/commands/run.ts'
import { createLog, openRouter, parseConfig, parseDestinationsInSlices } from '../../src/index.ts'
import { environmentOf, makeList, textOf } from '../lists.ts'
import { median, type Summary, summarize } from '../measure/summary.ts'

/** A start gives back memory after its last announcement; a replaced table is looked at again a second later. In milliseconds. */
const STARTED = 5500
const LOOKED_AGAIN = 1400
const IDLE = 500

const statistics = openSync('/proc/thread-self/schedstat', 'r')
const room = Buffer.alloc(100)
/** For how long this thread has waited for a processor that others had, in milliseconds: proc_pid_schedstat(5). */
const waited = () => Number(room.toString('latin1', 0, readSync(statistics, room, 0, room.length, 0)).split(' ')[1]) / 1e6

interface Gap {
  /** The longest time between two ticks of a timer of one millisecond, in milliseconds. */
  readonly longest: number
  /** The same of times without those in which the machine gave the processor to others. */
  readonly own: number
}

/** Feels the loop until the returned function is called. */
function feel(): () => Gap {
  let [last, before] = [performance.now(), waited()]
  let longest = 0
  let own = 0
  const tick = () => {
    const [now, after] = [performance.now(), waited()]
    longest = Math.max(longest, now - last)
    own = Math.max(own, now - last - (after - before))
    last = now
    before = after
    timer = setTimeout(tick, 1)
  }
  let timer = setTimeout(tick, 1)
  return () => {
    clearTimeout(timer)
    tick()
    clearTimeout(timer)
    return { longest, own }
  }
}

let hear: (line: string) => void = () => {}
const log = { write: (line: string) => hear(line), isTTY: false }
/** The next line of the log that matches. */
const until = (words: RegExp) =>
  new Promise<void>(resolve => {
    hear = line => {
      if (words.test(line)) resolve()
    }
  })
const inForce = /"msg":"(repaired|redirects have changed)"/

const { EGRESS_DESTINATION: _, ...settings } = environmentOf([])

/** Starts with a text; gives what puts another in its place. */
type Start = (text: string) => Promise<(text: string) => Promise<void>>

const byFile =
  (file: string): Start =>
  async text => {
    await writeFile(file, text)
    const ready = until(/"msg":"ready"/)
    const running = run({ flags: {}, env: { ...settings, EGRESS_DESTINATION_FILE: file }, stdout: log, stderr: log })
    await Promise.race([ready, running.then(code => Promise.reject(new Error(`run ended with ${code}`)))])
    await wait(STARTED)
    return async text => {
      await writeFile(`${file}.new`, text)
      await wait(50)
      const done = until(inForce)
      await rename(`${file}.new`, file)
      await done
    }
  }

const byLibrary: Start = async text => {
  const { config } = parseConfig({ env: { ...settings, EGRESS_DESTINATION: text } })
  const router = openRouter({ config, log: createLog({ format: 'json', debug: false, stream: log }) })
  await router.setUp()
  void router.watch(new AbortController().signal)
  await wait(LOOKED_AGAIN)
  return async text => {
    const done = until(inForce)
    const { redirects } = await parseDestinationsInSlices(text, 'the list', config.sources)
    router.reconfigure({ ...config, redirects })
    await done
  }
}

type Part = Summary & { readonly operation: string; readonly [more: string]: unknown }

async function measure(name: string, n: number, runs: number, start: Start): Promise<Part[]> {
  const texts = [textOf(makeList(n, 0)), textOf(makeList(n, 1))] as const
  const replace = await start(texts[1])
  const whole: number[] = []
  const gaps: Gap[] = []
  const idle: number[] = []
  for (let round = -2; round < runs; round++) {
    const rest = feel()
    await wait(IDLE)
    const resting = rest().longest
    const stop = feel()
    await wait(5)
    const begun = performance.now()
    await replace(texts[(round & 1) as 0 | 1])
    const took = performance.now() - begun
    await wait(LOOKED_AGAIN)
    const gap = stop()
    if (round < 0) continue
    whole.push(took)
    gaps.push(gap)
    idle.push(resting)
  }
  const nanoseconds = (milliseconds: readonly number[]) => milliseconds.map(each => each * 1e6)
  const microseconds = (milliseconds: number) => Math.round(milliseconds * 1e3)
  const longest = gaps.map(gap => gap.longest)
  const own = gaps.map(gap => gap.own)
  const delay: Part = {
    operation: `${name}-loop-delay`,
    ...summarize(nanoseconds(longest)),
    worst_us: microseconds(Math.max(...longest)),
    own_p50_us: microseconds(median(own)),
    own_worst_us: microseconds(Math.max(...own)),
    idle_p50_us: microseconds(median(idle)),
    idle_worst_us: microseconds(Math.max(...idle))
  }
  return [{ operation: `${name}-replace`, ...summarize(nanoseconds(whole)) }, delay]
}

console.log('ready')
for await (const line of createInterface({ input: process.stdin })) {
  const [verb, n, runs, file = ''] = line.split(' ')
  try {
    const parts = await measure(verb as string, Number(n), Number(runs), verb === 'run' ? byFile(file) : byLibrary)
    console.log(JSON.stringify(parts))
  } catch (error) {
    console.log(`error ${String((error as Error).stack).replaceAll('\n', ' ')}`)
  }
  process.exit(0)
}
