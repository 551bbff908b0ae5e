// Network namespaces by path, process id and name; what is opened inside stays inside.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'
import t from 'tap'
import { NETLINK_ROUTE, NetlinkSocket } from '../../src/netlink/socket.ts'
import { linkFormat, RTM_GETLINK } from '../../src/rtnetlink/link.ts'
import { inNamespace, openNamespace } from '../../src/sys/namespace.ts'
import { openScratch } from '../netlink/scratch.ts'

const here = () => readlinkSync('/proc/thread-self/ns/net')
const names = (socket: NetlinkSocket) =>
  socket.dump({ command: 'ip link show', type: RTM_GETLINK, format: linkFormat }).map(({ values }) => values.name)

t.test('by name, path and process id', async t => {
  const scratch = openScratch(t)
  const home = here()
  const inside = inNamespace(scratch.namespace, here)
  t.not(inside, home)
  const child = spawn('ip', ['netns', 'exec', scratch.name, 'sh', '-c', 'echo ready; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  for (const label of [scratch.name, `/run/netns/${scratch.name}`, String(child.pid), child.pid as number, `/proc/${child.pid}/ns/net`]) {
    using namespace = openNamespace(label)
    t.match(namespace, { label: String(label), own: false })
    t.equal(inNamespace(namespace, here), inside, String(label))
    t.equal(here(), home)
  }
})

t.test('the own one needs no entering', async t => {
  for (const label of [undefined, '/proc/self/ns/net', process.pid]) {
    using namespace = openNamespace(label)
    t.match(namespace, { label: label === undefined ? 'self' : String(label), own: true })
    t.equal(inNamespace(namespace, here), here())
  }
})

t.test('what is no network namespace', async t => {
  const none = (label: string | number) => t.throws(() => openNamespace(label), { code: 'EUSAGE', hint: /ns\/net/ }, String(label))
  none('er-no-such-namespace')
  none('/proc/self/ns/no-such-file')
  none('/etc/passwd')
  none('/')
  none(2 ** 22 + 1)
  none('')
  using mount = openNamespace('/proc/self/ns/mnt')
  const home = here()
  t.throws(() => inNamespace(mount, here), { code: 'ESYSCALL', message: /^setns: EINVAL/ }, 'of another kind: the kernel says so')
  t.equal(here(), home)
})

t.test('a socket stays where it was opened', async t => {
  const scratch = openScratch(t, 'link add inside0 type ifb')
  using home = new NetlinkSocket(NETLINK_ROUTE)
  const before = names(home)
  t.same(names(scratch.socket), ['lo', 'inside0'])
  t.same(names(home), before)
  t.notOk(before.includes('inside0'))
  scratch.namespace[Symbol.dispose]()
  t.same(names(scratch.socket), ['lo', 'inside0'], 'also when the descriptor of the namespace is closed')
})

t.test('the way back is taken whatever happens inside', async t => {
  const scratch = openScratch(t)
  const other = openScratch(t, 'link add other0 type ifb')
  const home = here()
  const failure = new Error('inside')
  t.throws(() => {
    inNamespace(scratch.namespace, () => {
      throw failure
    })
  }, failure)
  t.equal(here(), home)
  const [first, second] = inNamespace(scratch.namespace, () => [inNamespace(other.namespace, here), here()])
  t.equal(second, inNamespace(scratch.namespace, here), 'one inside the other: back to the outer one')
  t.equal(first, inNamespace(other.namespace, here))
  t.equal(here(), home)
})

t.test('no descriptor is left behind', async t => {
  const scratch = openScratch(t)
  const open = () => readdirSync('/proc/self/fd').length
  const before = open()
  for (let i = 0; i < 20; i++) {
    using namespace = openNamespace(scratch.name)
    inNamespace(namespace, () => new NetlinkSocket(NETLINK_ROUTE))[Symbol.dispose]()
    t.throws(() => openNamespace('/etc/passwd'))
    namespace[Symbol.dispose]()
  }
  t.equal(open(), before)
})
