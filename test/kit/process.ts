// Processes of one laboratory: each is started with a time limit, known by its id, and ended with the laboratory.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Finished {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** Both streams as they came, for messages and for tests that do not care which it was. */
  readonly output: string
}

export interface Running {
  readonly pid: number
  readonly child: ChildProcess
  readonly finished: Promise<Finished>
  /** What it has written so far. */
  output(): string
  /** Resolves when the output matches; rejects when the process ends before or `seconds` pass. */
  shows(pattern: RegExp, seconds?: number): Promise<void>
  /** Sends a signal and resolves at the end of the process. */
  end(signal?: NodeJS.Signals): Promise<Finished>
}

export interface Start {
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  /** Killed after so many seconds: a test that hangs must not hold the machine. */
  readonly seconds?: number
  /** Leaves stdout as bytes for the caller to read. */
  readonly raw?: boolean
}

export const root = fileURLToPath(new URL('../../', import.meta.url))

/** A clean environment: what the test runner put into its own must not reach the program under test. */
const baseEnvironment = { PATH: `${root}node_modules/.bin:/usr/sbin:/usr/bin:/sbin:/bin`, LANG: 'C', HOME: '/nonexistent' }

export class Processes {
  readonly #alive = new Map<number, ChildProcess>()

  start(argv: readonly string[], options: Start = {}): Running {
    // the kernel ends the child with us, whatever becomes of us
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...argv], {
      env: { ...baseEnvironment, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe']
    })
    const pid = child.pid
    if (pid === undefined) throw new Error(`cannot start ${argv.join(' ')}`)
    this.#alive.set(pid, child)
    let stdout = ''
    let stderr = ''
    let output = ''
    const collect = (keep: (text: string) => void) => (text: string) => {
      keep(text)
      output += text
    }
    if (!options.raw) {
      child.stdout.setEncoding('utf8').on(
        'data',
        collect(text => {
          stdout += text
        })
      )
    }
    child.stderr.setEncoding('utf8').on(
      'data',
      collect(text => {
        stderr += text
      })
    )
    child.stdin.on('error', () => {})
    if (options.input !== undefined) child.stdin.end(options.input)
    const limit = setTimeout(() => child.kill('SIGKILL'), (options.seconds ?? 30) * 1000)
    limit.unref()
    const finished = new Promise<Finished>(resolve => {
      child.on('close', (code, signal) => {
        clearTimeout(limit)
        this.#alive.delete(pid)
        resolve({ code, signal, stdout, stderr, output })
      })
    })
    const shows = (pattern: RegExp, seconds = 10) =>
      new Promise<void>((resolve, reject) => {
        const timer = setTimeout(
          () => settle(new Error(`no ${pattern} in ${seconds} s from ${argv.join(' ')}:\n${output}`)),
          seconds * 1000
        )
        const look = () => pattern.test(output) && settle()
        const over = () => settle(pattern.test(output) ? undefined : new Error(`ended without ${pattern}: ${argv.join(' ')}:\n${output}`))
        const settle = (error?: Error) => {
          clearTimeout(timer)
          for (const stream of [child.stdout, child.stderr]) stream.off('data', look)
          child.off('close', over)
          if (error) reject(error)
          else resolve()
        }
        for (const stream of options.raw ? [child.stderr] : [child.stdout, child.stderr]) stream.on('data', look)
        child.on('close', over)
        look()
      })
    const end = (signal: NodeJS.Signals = 'SIGTERM') => {
      child.kill(signal)
      return finished
    }
    return { pid, child, finished, output: () => output, shows, end }
  }

  async run(argv: readonly string[], options: Start = {}): Promise<Finished> {
    return await this.start(argv, { input: '', ...options }).finished
  }

  /** Runs what must succeed and returns its stdout. */
  async must(argv: readonly string[], options: Start = {}): Promise<string> {
    const { code, stdout, output } = await this.run(argv, options)
    if (code !== 0) throw new Error(`${argv.join(' ')}: exit ${code}\n${options.input ?? ''}${output}`)
    return stdout
  }

  async endAll(): Promise<void> {
    const ends = [...this.#alive.values()].map(child => new Promise(resolve => child.once('close', resolve) && child.kill('SIGKILL')))
    await Promise.all(ends)
  }

  /** For the exit of the test process, where nothing can be awaited. */
  endAllNow(): void {
    for (const child of this.#alive.values()) child.kill('SIGKILL')
    this.#alive.clear()
  }
}

/** Ends what still runs in a network namespace of ours and deletes the namespace. */
export function removeNamespaces(names: readonly string[]): void {
  for (const name of names) {
    const { stdout } = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' })
    for (const pid of (stdout ?? '').split('\n').filter(Boolean)) {
      try {
        process.kill(Number(pid), 'SIGKILL')
      } catch {} // it has ended meanwhile
    }
  }
  spawnSync('ip', ['-force', '-batch', '-'], {
    input: names.map(name => `netns del ${name}\n`).join(''),
    stdio: ['pipe', 'ignore', 'ignore']
  })
}
