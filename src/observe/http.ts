import { createServer, type Server } from 'node:http'
import { EgressRouterError } from '../errors.ts'
import type { Metrics } from './metrics.ts'

export interface ObservationOptions {
  readonly metrics: Pick<Metrics, 'read' | 'contentType'>
  /** Why it is not ready; undefined when it is. */
  readonly notReady: () => string | undefined
}

export interface Observation extends AsyncDisposable {
  /** `127.0.0.1:9180`, with the port that the kernel chose when 0 was asked for. */
  readonly address: string
}

/** Every address of the node when there is no host. */
export interface ListenAddress {
  readonly host?: string | undefined
  readonly port: number
}

/**
 * Serves `/metrics`, `/healthz` (the process does its turns) and `/readyz` (it serves). Nothing of a request is read but its path.
 *
 * Errors: EgressRouterError `EUSAGE` when the address cannot be listened on.
 */
export async function serveObservation({ host, port }: ListenAddress, { metrics, notReady }: ObservationOptions): Promise<Observation> {
  const pages: Readonly<Record<string, () => Promise<Page> | Page>> = {
    '/metrics': async () => ({ status: 200, text: await metrics.read(), type: metrics.contentType }),
    '/healthz': () => ({ status: 200, text: 'ok\n' }),
    '/readyz': () => {
      const reason = notReady()
      return reason === undefined ? { status: 200, text: 'ok\n' } : { status: 503, text: `${reason}\n` }
    }
  }
  const server = createServer({ requestTimeout: 5000, headersTimeout: 5000 }, async (request, response) => {
    const page = await pageOf(pages[request.url?.split('?', 1)[0] ?? ''], request.method)
    response.writeHead(page.status, { 'Content-Type': page.type ?? 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' })
    response.end(request.method === 'HEAD' ? undefined : page.text)
  })
  server.maxConnections = 64
  await listen(server, host, port)
  return {
    address: addressOf(server),
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    }
  }
}

interface Page {
  readonly status: number
  readonly text: string
  readonly type?: string
}

async function pageOf(make: (() => Promise<Page> | Page) | undefined, method = ''): Promise<Page> {
  if (!make) return { status: 404, text: 'there are /metrics, /healthz and /readyz\n' }
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, text: 'only GET and HEAD\n' }
  try {
    return await make()
  } catch (error) {
    return { status: 500, text: `${(error as Error).message}\n` }
  }
}

function listen(server: Server, host: string | undefined, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', cause =>
      reject(
        new EgressRouterError('EUSAGE', `cannot listen on ${host ?? ''}:${port}: ${cause.message}`, {
          hint: 'choose another address',
          cause
        })
      )
    )
    server.listen(port, host, () => {
      server.removeAllListeners('error')
      server.on('error', () => {})
      resolve()
    })
  })
}

function addressOf(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') return String(address)
  return address.family === 'IPv6' ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`
}
