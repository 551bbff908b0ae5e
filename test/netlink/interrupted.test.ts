// Dumps while the network changes: the kernel marks what does not fit together (NLM_F_DUMP_INTR), and it is read again.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { NETLINK_ROUTE, NetlinkSocket } from '../../src/netlink/socket.ts'
import { setTraceSink } from '../../src/netlink/trace.ts'
import { linkFormat, RTM_DELLINK, RTM_GETLINK, RTM_NEWLINK } from '../../src/rtnetlink/link.ts'
import { RTM_GETROUTE, routeFormat } from '../../src/rtnetlink/route.ts'
import { inNamespace } from '../../src/sys/namespace.ts'
import { openScratch, type Scratch } from './scratch.ts'

const COUNT = 200
const links = Array.from({ length: COUNT }, (_, i) => `link add i${i} type ifb`)
const dumpLinks = (socket: NetlinkSocket) => socket.dump({ command: 'ip link show', type: RTM_GETLINK, format: linkFormat })

/** Every datagram that a dump receives is told to the trace, between two reads: the place to change something in the middle of it. */
function duringDumps(scratch: Scratch, change: (other: NetlinkSocket, datagram: number) => void): { dumps: () => number; end: () => void } {
  const other = inNamespace(scratch.namespace, () => new NetlinkSocket(NETLINK_ROUTE))
  let busy = false
  let dumps = 0
  let datagram = 0
  setTraceSink(line => {
    if (busy) return
    if (line.startsWith('netlink send: ip link show')) {
      dumps++
      datagram = 0
    }
    if (!line.startsWith('netlink receive: ip link show')) return
    busy = true
    change(other, ++datagram)
    busy = false
  })
  return {
    dumps: () => dumps,
    end() {
      setTraceSink(undefined)
      other[Symbol.dispose]()
    }
  }
}

const add = (socket: NetlinkSocket, name: string) =>
  socket.request({ command: `add ${name}`, type: RTM_NEWLINK, flags: 0x600, format: linkFormat, values: { name, info: { kind: 'ifb' } } })
const remove = (socket: NetlinkSocket, name: string) =>
  socket.request({ command: `delete ${name}`, type: RTM_DELLINK, format: linkFormat, values: { name } })

t.test('a dump that is interrupted once is read again, and holds what came meanwhile', async t => {
  const scratch = openScratch(t, ...links)
  const during = duringDumps(scratch, (other, datagram) => {
    if (during.dumps() === 1 && datagram === 1) add(other, 'late')
  })
  t.teardown(during.end)
  const names = dumpLinks(scratch.socket).map(({ values }) => values.name)
  t.equal(during.dumps(), 2)
  t.equal(names.length, COUNT + 2)
  t.equal(new Set(names).size, COUNT + 2)
  t.ok(names.includes('late'))
})

t.test('a dump that is interrupted every time is an error in the end', async t => {
  const scratch = openScratch(t, ...links)
  let there = false
  const during = duringDumps(scratch, (other, datagram) => {
    if (datagram !== 1) return
    if (there) remove(other, 'late')
    else add(other, 'late')
    there = !there
  })
  t.teardown(during.end)
  t.throws(() => dumpLinks(scratch.socket), { code: 'ENETLINK', message: /interrupted 10 times/ })
  t.equal(during.dumps(), 10)
  during.end()
  t.equal(dumpLinks(scratch.socket).length, COUNT + 1, 'the socket works on')
})

t.test('hundreds of links and routes come and go while others stay', async t => {
  const steady = Array.from({ length: 100 }, (_, i) => `link add s${i} type ifb`)
  const routes = Array.from({ length: 500 }, (_, i) => `route add blackhole 10.0.${i >> 4}.${(i & 15) << 4}/28 table 7`)
  const scratch = openScratch(t, ...steady, ...routes)
  const fleeting = (verb: string, route: string) =>
    Array.from({ length: 150 }, (_, i) => [
      `link ${verb} f${i}${verb === 'add' ? ' type ifb' : ''}`,
      `route ${route} blackhole 10.9.${i >> 4}.${(i & 15) << 4}/28 table 7`
    ]).flat()
  const batch = [...fleeting('add', 'add'), ...fleeting('del', 'del'), ''].join('\n')
  for (let round = 0; round < 2; round++) {
    const child = spawn('ip', ['-n', scratch.name, '-batch', '-'], { stdio: ['pipe', 'ignore', 'inherit'] })
    const ended = once(child, 'exit')
    child.stdin.end(batch)
    let dumps = 0
    let wrong = 0
    while (child.exitCode === null && child.signalCode === null) {
      const names = await patiently(() => dumpLinks(scratch.socket).map(({ values }) => values.name ?? ''))
      if (names.filter(name => name.startsWith('s')).length !== 100 || new Set(names).size !== names.length) wrong++
      const dump = scratch.socket.dump({ command: 'ip route show', type: RTM_GETROUTE, format: routeFormat })
      const destinations = dump.map(({ values }) => values.destination ?? '').filter(destination => destination.startsWith('10.0.'))
      if (new Set(destinations).size !== 500) wrong++
      dumps++
    }
    t.same(await ended, [0, null])
    t.ok(dumps > 0, 'dumps ran beside the changes')
    t.equal(wrong, 0, 'no dump lacks a steady object or has a link twice')
  }
  t.equal(dumpLinks(scratch.socket).length, 101)
})

/** A dump may be interrupted more often than it is tried again; that is an answer too. */
async function patiently<T>(dump: () => T): Promise<T> {
  for (;;) {
    await setImmediate()
    try {
      return dump()
    } catch (error) {
      if (!/interrupted/.test((error as Error).message)) throw error
    }
  }
}
