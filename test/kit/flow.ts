// Traffic that never stops: one UDP socket and one TCP connection that send all the time, whatever becomes of the path.
// Unlike a question it keeps its ports, so that the same connection lives through every change of the router.
import dgram from 'node:dgram'
import net from 'node:net'

/** Sends every `pace` milliseconds until `patience` is over; gives how many replies came. */
export async function flow(address: string, port: number, patience: number, pace = 10): Promise<{ received: number }> {
  let received = 0
  let over = false
  const udp = dgram.createSocket(net.isIPv6(address) ? 'udp6' : 'udp4')
  udp.on('message', () => received++).on('error', () => {})
  const message = JSON.stringify({ id: 0, size: 0 })
  const datagrams = setInterval(() => udp.send(message, port, address, () => {}), pace)

  let tcp: net.Socket | undefined
  let latest: net.Socket | undefined
  const connect = () => {
    if (over) return
    const socket = net.connect({ host: address, port }, () => {
      // the announced length is never reached, so the server keeps the connection open
      socket.write(`${JSON.stringify({ up: 1e9, down: 0 })}\n`)
      tcp = socket
    })
    socket.on('error', () => {}).on('close', () => setTimeout(connect, pace))
    latest = socket
  }
  connect()
  const segments = setInterval(() => tcp?.writable && tcp.write('.'.repeat(100)), pace)

  await new Promise(resolve => setTimeout(resolve, patience))
  over = true
  clearInterval(datagrams)
  clearInterval(segments)
  latest?.destroy()
  udp.close()
  return { received }
}
