/** Where a server listens. */
export interface ListenAddress {
  /** Every address of the node when absent. */
  readonly host?: string | undefined
  readonly port: number
}

/** `9180`, `:9180`, `127.0.0.1:9180`, `[::1]:9180`; undefined for anything else. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const parts = /^(?:(?<host>\[[\da-fA-F:.]+\]|[^:[\]\s]*):)?(?<port>\d{1,5})$/.exec(text)?.groups
  const port = Number(parts?.port)
  if (!parts || port > 65535) return undefined
  const host = parts.host?.replace(/^\[|\]$/g, '')
  return { host: host === '' ? undefined : host, port }
}
