import { openLibrary } from './ffi.ts'

const libc = openLibrary('libc.so.6', 'the GNU C library is needed; on Alpine use a Debian or Ubuntu based image')
const trim = libc.declare<(pad: number) => number>('int malloc_trim(size_t pad)')

/** V8 would wait until code has been left alone for several collections, and keep what its first compiler has made. */
const codeFlags = ['flush-baseline-code', 'stress-flush-code']

type Collect = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void

/**
 * Gives back to the kernel what a start has left behind: objects, and what malloc(3) holds on to (malloc_trim(3)). Takes some 40 ms, in which
 * nothing else happens. V8 by itself collects less, and wakes up for it for half a minute (which bin/egress-router tells it not to).
 */
export async function giveBackMemory(): Promise<void> {
  // loaded now, as a start does not need them
  const [{ setFlagsFromString }, { runInNewContext }] = await Promise.all([import('node:v8'), import('node:vm')])
  // contexts that are made from here on have the function, and this one has not
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as Collect
  setFlagsFromString('--no-expose-gc')
  // code that has been compiled goes too: most of it made the start, and what is called again is compiled again
  for (const flag of codeFlags) setFlagsFromString(`--${flag}`)
  // what only the code has held goes with the second
  for (let rounds = 0; rounds < 2; rounds++) collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  for (const flag of codeFlags) setFlagsFromString(`--no-${flag}`)
  trim(0)
}
