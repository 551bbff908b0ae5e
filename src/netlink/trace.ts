/** Where netlink traffic is written while `EGRESS_TRACE=netlink`; nothing costs anything until a sink is set. */
export type TraceSink = (line: string) => void

let sink: TraceSink | undefined

export function setTraceSink(to: TraceSink | undefined): void {
  sink = to
}

/** Whether anybody reads what `trace` writes: for who would have to make it first. */
export const tracing = (): boolean => sink !== undefined

/** One line a datagram: direction, the command as ip text, the bytes in hex. */
export function trace(direction: 'send' | 'receive' | 'refused' | 'event', command: string, bytes?: Uint8Array): void {
  sink?.(`netlink ${direction}: ${command}${bytes ? ` [${bytes.length}] ${Buffer.from(bytes).toString('hex')}` : ''}`)
}
