// Program: asks the server on behalf of a host. One JSON question a line on stdin, one JSON answer a line on stdout; many at once.
// It stays for the whole test, so that a question costs no process.
import dgram from 'node:dgram'
import net from 'node:net'
import { createInterface } from 'node:readline'
import { flow } from './flow.ts'
import type { Answer, Question } from './question.ts'

type Numbered = Question & { id: number }

function tcp(q: Numbered): Promise<Answer> {
  return new Promise(resolve => {
    let head = ''
    let downloaded = 0
    const socket = net.connect({ host: q.address, port: q.port, localAddress: q.from })
    const settle = (answer: Answer) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answer)
    }
    const timer = setTimeout(() => settle({ error: 'ETIMEDOUT' }), q.patience)
    socket.on('connect', () => {
      socket.write(`${JSON.stringify({ up: q.up ?? 0, down: q.down ?? 0 })}\n`)
      if (q.up) socket.write(Buffer.alloc(q.up, 46))
    })
    socket.on('data', (chunk: Buffer) => {
      if (head.includes('\n')) downloaded += chunk.length
      else {
        head += chunk.toString('latin1')
        const end = head.indexOf('\n')
        if (end >= 0) downloaded = head.length - end - 1
      }
    })
    socket.on('error', (error: NodeJS.ErrnoException) => settle({ error: error.code ?? error.message }))
    socket.on('end', () => {
      const end = head.indexOf('\n')
      settle(end < 0 ? { error: 'EMPTY' } : { ...(JSON.parse(head.slice(0, end)) as Answer), downloaded })
    })
  })
}

function udp(q: Numbered): Promise<Answer> {
  return new Promise(resolve => {
    const socket = dgram.createSocket(net.isIPv6(q.address) ? 'udp6' : 'udp4')
    const message = JSON.stringify({ id: q.id, size: q.size ?? 0 }).padEnd(q.up ?? 0)
    let tries = 0
    const send = () => tries++ < (q.tries ?? 20) && socket.send(message, () => {})
    const settle = (answer: Answer) => {
      clearTimeout(timer)
      clearInterval(again)
      socket.close()
      resolve(answer)
    }
    const timer = setTimeout(() => settle({ error: 'ETIMEDOUT' }), q.patience)
    const again = setInterval(send, 200) // a datagram may be lost; `tries: 1` forbids another
    socket.on('message', reply => {
      const answer = JSON.parse(reply.toString()) as Answer & { id: number }
      if (answer.id === q.id) settle({ ...answer, downloaded: reply.length })
    })
    // only a refusal is an end: "host unreachable" can pass while neighbours are being found
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'EACCES') settle({ error: error.code })
    })
    socket.bind(q.fromPort ?? 0, q.from, () => socket.connect(q.port, q.address, send))
  })
}

/** One datagram to the whole LAN, for the end mark of a capture. */
function shout(q: Numbered): Promise<Answer> {
  return new Promise(resolve => {
    const socket = dgram.createSocket('udp4')
    socket.bind(0, () => {
      socket.setBroadcast(true)
      socket.send(q.text ?? '', q.port, q.address, () => {
        socket.close()
        resolve({})
      })
    })
  })
}

const ways = { tcp, udp, shout, flow: (q: Numbered): Promise<Answer> => flow(q.address, q.port, q.patience) }
for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line) as Numbered
  void ways[question.protocol](question).then(answer => console.log(JSON.stringify({ ...answer, id: question.id })))
}
process.exit()
