// What a host asks the server, what it gets, and the test's end of the conversation with its asker.
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Running } from './process.ts'

export interface Question {
  readonly protocol: 'tcp' | 'udp' | 'shout' | 'flow'
  readonly address: string
  readonly port: number
  /** Local address to bind to. */
  readonly from?: string | undefined
  /** Local port to send a datagram from: the same one makes the same connection. */
  readonly fromPort?: number
  /** Bytes to send, bytes to ask for (TCP), size of the reply (UDP). */
  readonly up?: number
  readonly down?: number
  readonly size?: number
  /** How many times a datagram is sent. */
  readonly tries?: number
  readonly text?: string
  /** Milliseconds until the asker gives up. */
  readonly patience: number
}

/** What the server saw, or the code of the error. */
export interface Answer {
  readonly error?: string
  /** The peer as the server saw it. */
  readonly seen?: string
  readonly seenPort?: number
  /** The server's own address and port that were reached (a UDP or TCP socket bound to exactly these). */
  readonly at?: string
  readonly port?: number
  readonly received?: number
  readonly downloaded?: number
}

export const askerArgv = ['node', fileURLToPath(new URL('asker.ts', import.meta.url))]

/** The long-lived asker of one host. */
export class Asker {
  readonly #running: Running
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #id = 0

  constructor(running: Running) {
    this.#running = running
    if (!running.child.stdout) throw new Error('the asker has no stdout')
    createInterface({ input: running.child.stdout }).on('line', line => {
      const { id, ...answer } = JSON.parse(line) as Answer & { id: number }
      this.#waiting.get(id)?.(answer)
      this.#waiting.delete(id)
    })
    void running.finished.then(({ output }) => {
      for (const resolve of this.#waiting.values()) resolve({ error: `the asker ended: ${output}` })
    })
  }

  ask(question: Question): Promise<Answer> {
    const id = ++this.#id
    this.#running.child.stdin?.write(`${JSON.stringify({ ...question, id })}\n`)
    return new Promise(resolve => this.#waiting.set(id, resolve))
  }
}
