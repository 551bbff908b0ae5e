// System calls: what comes back, and what a refusal looks like.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { sockaddr } from '../../src/netlink/sockaddr.ts'
import { NETLINK_ROUTE, NetlinkSocket } from '../../src/netlink/socket.ts'
import { errno, errnoName } from '../../src/sys/errno.ts'
import { openNamespace } from '../../src/sys/namespace.ts'
import { watchReadable } from '../../src/sys/readiness.ts'
import {
  AF_NETLINK,
  bind,
  close,
  MSG_DONTWAIT,
  receive,
  SOCK_RAW,
  SyscallError,
  send,
  setSocketOption,
  socket,
  socketName,
  trySocketOption
} from '../../src/sys/syscalls.ts'
import { root } from '../kit/process.ts'
import { openScratch } from '../netlink/scratch.ts'

const opened = (t: { teardown(ending: () => unknown): unknown }) => {
  const fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)
  t.teardown(() => close(fd))
  return fd
}

t.test('a refusal names the call and the error', async t => {
  t.throws(() => socket(4242, SOCK_RAW, 0), {
    code: 'ESYSCALL',
    syscall: 'socket',
    errno: errno.EAFNOSUPPORT,
    message: 'socket: EAFNOSUPPORT'
  } as unknown as Error)
  t.throws(() => bind(-1, sockaddr(0)), new SyscallError('bind', errno.EBADF))
  t.throws(() => send(-1, new Uint8Array(1)), { message: 'sendto: EBADF' })
  t.throws(() => receive(-1, new Uint8Array(1)), { message: 'recvfrom: EBADF' })
  t.throws(() => setSocketOption(opened(t), 270, 4242, 1), { message: 'setsockopt: ENOPROTOOPT' })
  t.equal(trySocketOption(opened(t), 270, 4242, 1), false)
  t.equal(trySocketOption(opened(t), 270, 10, 1), true)
  t.equal(errnoName(3), 'ESRCH')
  t.equal(errnoName(11), 'EAGAIN')
  t.equal(errnoName(95), 'EOPNOTSUPP')
  t.equal(errnoName(4242), 'errno 4242')
})

t.test('sockets are closed when another program is run', async t => {
  const flags = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${opened(t)}`, 'utf8'))?.[1]
  t.ok(Number.parseInt(flags ?? '', 8) & 0o2000000)
})

t.test('receive: nothing there, a whole datagram, one that does not fit', async t => {
  const fd = opened(t)
  bind(fd, sockaddr(0))
  const port = socketName(fd, 12)
  const own = sockaddr(0)
  own.set(port.subarray(4, 8), 4)
  t.equal(receive(fd, new Uint8Array(8), MSG_DONTWAIT), -1)
  t.equal(send(fd, Uint8Array.of(1, 2, 3, 4), own), 4)
  const sender = new Uint8Array(12)
  const into = new Uint8Array(8)
  t.equal(receive(fd, into, MSG_DONTWAIT, sender), 4)
  t.same([...into], [1, 2, 3, 4, 0, 0, 0, 0])
  t.same(sender.subarray(4, 8), port.subarray(4, 8))
  send(fd, new Uint8Array(100).fill(7), own)
  t.equal(receive(fd, into, MSG_DONTWAIT), 100, 'the whole length, so that the cut is seen')
})

t.test('a watch that keeps no process alive', async t => {
  const script = `
    import { NetlinkSocket } from '${root}src/netlink/socket.ts'
    import { watchReadable } from '${root}src/sys/readiness.ts'
    watchReadable(new NetlinkSocket(0).fd, () => {}, false)
    console.log('end')`
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', script], {
    encoding: 'utf8',
    timeout: 60_000
  })
  t.match({ stdout, status }, { stdout: 'end\n', status: 0 })
})

t.test('a watch that is stopped says nothing more, and stopping twice is fine', async t => {
  using netlink = new NetlinkSocket(NETLINK_ROUTE)
  const stop = watchReadable(netlink.fd, () => t.fail('called'))
  stop()
  stop()
})

t.test('without capabilities', async t => {
  const { name } = openScratch(t)
  using namespace = openNamespace(name)
  t.ok(namespace.fd > 2)
  const script = `
    import { NetlinkSocket } from '${root}src/netlink/socket.ts'
    import { linkFormat } from '${root}src/rtnetlink/link.ts'
    import { inNamespace, openNamespace } from '${root}src/sys/namespace.ts'
    const tell = attempt => { try { attempt() } catch ({ code, message, hint }) { console.log(code, '|', message, '|', hint) } }
    tell(() => inNamespace(openNamespace('${name}'), () => {}))
    tell(() => new NetlinkSocket(0).request({ command: 'ip link add', type: 16, flags: 0x600, format: linkFormat, values: { name: 'x0' } }))`
  const node = [process.execPath, '--input-type=module-typescript', '-e', script]
  const { stdout, stderr } = spawnSync('setpriv', ['--bounding-set=-all', '--inh-caps=-all', ...node], { encoding: 'utf8' })
  const lines = stdout.split('\n')
  t.match(lines[0], /^ECAPABILITY \| entering network namespace '.*' needs CAP_SYS_ADMIN \| .*SYS_ADMIN/, stderr)
  t.match(lines[1], /^ECAPABILITY \| ip link add: EPERM \| CAP_NET_ADMIN is missing/)
})
