// A capture on a link of the laboratory. It has begun when tcpdump says so, and is over when its own end mark has passed by.
import { randomUUID } from 'node:crypto'
import { type Frame, PcapReader } from './frame.ts'
import type { Running } from './process.ts'

export class Capture {
  readonly frames: Frame[] = []
  readonly #running: Running
  #onFrame: () => void = () => {}

  constructor(running: Running) {
    this.#running = running
    const reader = new PcapReader()
    running.child.stdout?.on('data', (chunk: Buffer) => {
      this.frames.push(...reader.read(chunk))
      this.#onFrame()
    })
  }

  static async start(run: (argv: readonly string[]) => Running, link: string): Promise<Capture> {
    const running = run(['tcpdump', '-Z', 'root', '-i', link, '-n', '-p', '-s', '300', '--immediate-mode', '-U', '-w', '-'])
    const capture = new Capture(running)
    await running.shows(/listening on/)
    return capture
  }

  /** Waits until a frame passes that satisfies `wanted` (those already seen count), or `seconds` are over. */
  async sees(wanted: (frame: Frame) => boolean, seconds = 5): Promise<boolean> {
    const deadline = Date.now() + seconds * 1000
    let looked = 0
    while (true) {
      const next = this.frames.slice(looked)
      looked = this.frames.length
      if (next.some(wanted)) return true
      const left = deadline - Date.now()
      if (left <= 0) return false
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, left)
        this.#onFrame = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  /** Sends a mark across the captured link, waits until it is in the capture, and ends: everything before the mark is then in `frames`. */
  async stop(mark: (text: string) => Promise<unknown>): Promise<readonly Frame[]> {
    const text = `end of capture ${randomUUID()}`
    const isMark = (f: Frame) => f.bytes.includes(text)
    await mark(text)
    if (!(await this.sees(isMark))) throw new Error(`the end mark never passed: ${this.#running.output()}`)
    await this.#running.end('SIGINT')
    return this.frames.slice(0, this.frames.findIndex(isMark))
  }
}
