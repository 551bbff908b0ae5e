// Program: answers TCP and UDP on fixed ports of each given address, and tells whom it saw and on which port.
// Usage: node server.ts '{"addresses": [...], "ports": [...]}'; prints `ready` when all sockets listen.
import dgram from 'node:dgram'
import net from 'node:net'

const { addresses, ports } = JSON.parse(process.argv[2] as string) as { addresses: string[]; ports: number[] }

/** First line of a TCP connection: how many bytes follow, and how many are to be sent back after the report. */
interface TcpRequest {
  readonly up: number
  readonly down: number
}

function onConnection(socket: net.Socket): void {
  const seen = { seen: socket.remoteAddress, seenPort: socket.remotePort, at: socket.localAddress, port: socket.localPort }
  let head = Buffer.alloc(0)
  let request: TcpRequest | undefined
  let received = 0
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    if (request) received += chunk.length
    else {
      head = Buffer.concat([head, chunk])
      const end = head.indexOf(10)
      if (end < 0) return
      request = JSON.parse(head.subarray(0, end).toString()) as TcpRequest
      received = head.length - end - 1
    }
    if (received < request.up) return
    socket.write(`${JSON.stringify({ ...seen, received })}\n`)
    socket.end(Buffer.alloc(request.down, 46))
  })
}

function onMessage(socket: dgram.Socket, message: Buffer, peer: dgram.RemoteInfo): void {
  const { id, size } = JSON.parse(message.toString()) as { id: number; size: number }
  const { address, port } = socket.address()
  const report = JSON.stringify({ id, seen: peer.address, seenPort: peer.port, at: address, port, received: message.length })
  socket.send(report.padEnd(size), peer.port, peer.address, () => {})
}

const listening: Promise<unknown>[] = []
for (const host of addresses) {
  for (const port of ports) {
    const tcp = net.createServer(onConnection)
    listening.push(new Promise(resolve => tcp.listen({ host, port }, () => resolve(undefined))))
    const udp = dgram.createSocket(net.isIPv6(host) ? 'udp6' : 'udp4')
    udp.on('message', (message, peer) => onMessage(udp, message, peer)).on('error', () => {})
    listening.push(new Promise(resolve => udp.bind(port, host, () => resolve(undefined))))
  }
}
await Promise.all(listening)
console.log('ready')
