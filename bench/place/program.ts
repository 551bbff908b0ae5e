// A program that stays: it gets a line and answers with a line. It takes its times itself, so that neither its start nor this process is in them.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Figure } from '../measure/paired.ts'
import type { Namespace } from './namespace.ts'

/** Nothing that is asked takes so long: milliseconds after which a program is given up. */
const PATIENCE = 120_000

const running = new Set<ChildProcess>()

export interface Program {
  /** Asks and gives the words of the answer. Errors: what the program says after `error`, or that it ended. */
  ask(line: string): Promise<string[]>
  /** Asks for something that is measured: nanoseconds. */
  time(line: string): Promise<number>
  /** Asks for some short jobs in a row, `rounds` times over, without a word in between: a figure for each. */
  repeat(rounds: number, lines: readonly string[]): Promise<Figure[]>
  end(): Promise<void>
}

/** Starts a program in a namespace and waits until it says `ready`. */
export async function startProgram(namespace: Namespace, argv: readonly string[]): Promise<Program> {
  const name = (argv.find(word => /^\/.*\/bench\//.test(word)) ?? argv[0] ?? '').replace(/.*\//, '')
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'nsenter', `--net=${namespace.path}`, ...argv], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: environment()
  })
  running.add(child)
  let words = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-2000)
  })
  child.stdin.on('error', () => {})
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  void ended.then(() => running.delete(child))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async () => {
    const limit = setTimeout(() => child.kill('SIGKILL'), PATIENCE)
    const { value, done } = await lines.next()
    clearTimeout(limit)
    if (done) {
      await ended
      throw new Error(`${name} ended: ${words.trim() || `exit ${child.exitCode ?? child.signalCode}`}`)
    }
    if (value.startsWith('error')) throw new Error(`${name}: ${value.slice(6).trim()}`)
    return (value as string).split(' ')
  }
  const ask = (line: string) => {
    child.stdin.write(`${line}\n`)
    return answer()
  }
  await answer()
  return {
    ask,
    async time(line) {
      const [nanoseconds] = await ask(line)
      const number = Number(nanoseconds)
      if (!(number > 0)) throw new Error(`${name} gave no time for '${line}': ${nanoseconds}`)
      return number
    },
    async repeat(rounds, lines) {
      const words = await ask(`repeat ${rounds} ${lines.join(';')}`)
      const numbers = words.map(Number)
      if (numbers.length !== 2 * lines.length || !numbers.every(number => number > 0))
        throw new Error(`${name} gave no times for '${lines.join(';')}': ${words.join(' ')}`)
      return lines.map((_, i) => ({ warm: numbers[2 * i] as number, cold: numbers[2 * i + 1] }))
    },
    async end() {
      child.stdin.end()
      const limit = setTimeout(() => child.kill('SIGKILL'), 3000)
      await ended
      clearTimeout(limit)
    }
  }
}

/** Ends every program at once, for the end of this process. */
export function endAll(): void {
  for (const child of running) child.kill('SIGKILL')
}

/** An extra certificate file is parsed at every start of Node; LANG decides how messages read. */
export function environment(): NodeJS.ProcessEnv {
  const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...rest } = process.env
  return { ...rest, LANG: 'C' }
}
