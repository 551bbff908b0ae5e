import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { EgressRouterError, formatError } from '../errors.ts'
import type { Log } from '../observe/log.ts'
import { lockFile } from '../sys/file-lock.ts'
import { now, wait } from '../time.ts'
import { asCniError } from './cni-error.ts'
import { type CniCall, readCall } from './environment.ts'
import { encodeAnswer, type Frame, FrameReader } from './frame.ts'
import type { Plugin } from './plugin.ts'
import { versionOf } from './version.ts'

/** A request is written at once; who does not is not served. In milliseconds. */
const PATIENCE = 10_000

/**
 * So long a predecessor may take to end although it was killed: the kernel takes some 20 ms to close each of its packet sockets. In
 * milliseconds.
 */
const FAREWELL = 15_000

/** The socket that only one agent of a node may hold. */
export class AgentSocket implements AsyncDisposable {
  readonly #path: string
  readonly #lock: Disposable
  readonly #server: Server
  readonly #connections = new Set<Socket>()

  private constructor(path: string, lock: Disposable, server: Server) {
    this.#path = path
    this.#lock = lock
    this.#server = server
  }

  /**
   * Takes the place of `path`: the lock beside it tells whether another agent is alive, and what it left behind is removed.
   *
   * Errors: EgressRouterError `EUSAGE` when another agent serves it, or it cannot be made.
   */
  static async claim(path: string): Promise<AgentSocket> {
    // sun_path of struct sockaddr_un, with the closing zero
    if (Buffer.byteLength(path) > 107) throw new EgressRouterError('EUSAGE', `the path of the agent's socket is too long: ${path}`)
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    } catch (error) {
      throw new EgressRouterError('EUSAGE', `the folder of the agent's socket cannot be made: ${(error as Error).message}`)
    }
    const lock = await holdLock(`${path}.lock`)
    if (!lock) {
      throw new EgressRouterError('EUSAGE', `another agent serves ${path}`, {
        hint: 'a node has one agent; EGRESS_AGENT_SOCKET names another socket'
      })
    }
    return new AgentSocket(path, lock, createServer())
  }

  /** Serves the plugin from now on. */
  async serve(plugin: Plugin, log: Log): Promise<void> {
    this.#server.on('connection', connection => {
      this.#connections.add(connection)
      connection.on('close', () => this.#connections.delete(connection))
      serveOne(connection, plugin, log)
    })
    rmSync(this.#path, { force: true })
    const before = process.umask(0o177)
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.once('error', reject)
        // many pods may start at once
        this.#server.listen({ path: this.#path, backlog: 512 }, resolve)
      })
      chmodSync(this.#path, 0o600)
    } catch (error) {
      throw new EgressRouterError('EUSAGE', `the agent's socket cannot be made: ${(error as Error).message}`)
    } finally {
      process.umask(before)
    }
  }

  /** Ends; whoever is waiting is told nothing, and the shim says that it is to be tried again. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve))
    for (const connection of this.#connections) connection.destroy()
    await closed
    this.#lock[Symbol.dispose]()
  }
}

async function holdLock(path: string): Promise<Disposable | undefined> {
  const until = now() + FAREWELL
  for (;;) {
    const lock = lockFile(path)
    if (lock || now() > until) return lock
    await wait(100)
  }
}

function serveOne(connection: Socket, plugin: Plugin, log: Log): void {
  const gone = new AbortController()
  const reader = new FrameReader()
  let frame: Frame | undefined
  const impatience = setTimeout(() => connection.destroy(), PATIENCE)
  connection.on('error', () => {})
  // the shim keeps its side open until it has its answer: one that closes was killed
  connection.on('end', () => gone.abort())
  connection.on('close', () => {
    clearTimeout(impatience)
    gone.abort()
  })
  connection.on('data', (piece: Buffer) => {
    try {
      if (frame) throw new Error('something follows the request')
      frame = reader.add(piece)
    } catch (error) {
      log.warn(`a request is refused: ${formatError(error)}`)
      connection.destroy()
      return
    }
    if (!frame) return
    clearTimeout(impatience)
    answer(frame, plugin, gone.signal, log).then(
      bytes => connection.writable && connection.end(bytes),
      error => {
        log.error(`a request failed: ${formatError(error)}`)
        connection.destroy()
      }
    )
  })
}

async function answer({ variables, input }: Frame, plugin: Plugin, signal: AbortSignal, log: Log): Promise<Buffer> {
  const started = now()
  let call: CniCall | undefined
  try {
    call = readCall(variables)
    const result = await plugin.perform(call, input, signal)
    tell(log, call, started)
    return encodeAnswer(0, result ? `${JSON.stringify(result)}\n` : '')
  } catch (error) {
    const { code, message, details } = asCniError(error)
    tell(log, call, started, `${message}${details === undefined ? '' : ` (${details})`}`)
    return encodeAnswer(
      1,
      `${JSON.stringify({ cniVersion: versionOf(input) ?? '1.0.0', code, msg: message, ...(details !== undefined && { details }) })}\n`
    )
  }
}

function tell(log: Log, call: CniCall | undefined, started: number, failure?: string): void {
  const milliseconds = Math.round((now() - started) * 100) / 100
  const fields = { command: call?.command, container: call?.containerId, interface: call?.interface, milliseconds }
  if (failure === undefined) log.debug('served', fields)
  else log.warn(`refused: ${failure}`, fields)
}
