// Neighbors as we decode them, beside `ip -j neigh`.
import t from 'tap'
import { neighborFormat, neighborStates, RTM_GETNEIGH, RTM_NEWNEIGH } from '../../src/rtnetlink/neighbor.ts'
import { AF_INET, AF_INET6 } from '../../src/sys/syscalls.ts'
import { openPopulated } from './populated.ts'

interface IpNeighbor {
  dst: string
  dev: string
  lladdr?: string
  state: string[]
}

const request = { command: 'ip neigh show', type: RTM_GETNEIGH, format: neighborFormat }

t.test('every field that our tables decode, and one that we add', async t => {
  const { socket, json } = openPopulated(t)
  const links = json<{ ifname: string; ifindex: number }>('link', 'show')
  const p0 = links.find(link => link.ifname === 'p0')?.ifindex as number
  const header = { family: AF_INET, index: p0, state: neighborStates.permanent }
  const values = { destination: '192.0.2.79', address: '02:00:00:00:00:7a' }
  socket.request({ command: 'ip neigh add', type: RTM_NEWNEIGH, flags: 0x600, format: neighborFormat, header, values })
  const words = (state: number) => Object.entries(neighborStates).flatMap(([word, bit]) => (state & bit ? [word.toUpperCase()] : []))
  const ours = socket
    .dump(request)
    .filter(entry => entry.header.family === AF_INET || entry.header.family === AF_INET6)
    .map(entry => ({
      dst: entry.values.destination as string,
      dev: links.find(link => link.ifindex === entry.header.index)?.ifname as string,
      lladdr: entry.values.address,
      state: words(entry.header.state)
    }))
  const theirs = json<IpNeighbor>('neigh', 'show', 'nud', 'all')
  const added = ['192.0.2.77', '192.0.2.78', '192.0.2.79', '2001:db8::77']
  t.ok(added.every(address => theirs.some(({ dst }) => dst === address)))
  for (const { dst, dev, lladdr, state } of theirs.filter(({ dst }) => added.includes(dst)))
    t.strictSame(
      ours.find(entry => entry.dst === dst && entry.dev === dev),
      { dst, dev, lladdr, state },
      dst
    )
})
