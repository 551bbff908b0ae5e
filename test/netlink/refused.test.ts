// Requests that the kernel refuses: its error number, its words, and the attribute that it means.
import t, { type Test } from 'tap'
import { NLM_F_CREATE, NLM_F_EXCL, NLMSG_NOOP } from '../../src/netlink/header.ts'
import type { NetlinkSocket } from '../../src/netlink/socket.ts'
import { addressFormat, RTM_NEWADDR } from '../../src/rtnetlink/address.ts'
import { linkFormat, RTM_DELLINK, RTM_GETLINK, RTM_NEWLINK } from '../../src/rtnetlink/link.ts'
import { RT_TABLE_MAIN, RTM_GETROUTE, RTM_NEWROUTE, routeFormat } from '../../src/rtnetlink/route.ts'
import { RTM_NEWRULE, ruleFormat } from '../../src/rtnetlink/rule.ts'
import { AF_INET } from '../../src/sys/syscalls.ts'
import { openScratch } from './scratch.ts'

/** What is expected of a NetlinkError; tap's own types know a plain Error only. */
const refuses = (t: Test, attempt: () => unknown, expected: object, name = 'is refused') => t.throws(attempt, expected as Error, name)

const create = NLM_F_CREATE | NLM_F_EXCL
const lo = 1
const unicast = { family: AF_INET, table: RT_TABLE_MAIN, protocol: 101, type: 1 }

function addRoute(socket: NetlinkSocket, header: object, values: object): void {
  const command = 'ip route add 198.51.100.0/24'
  const destination = { destinationLength: 24, ...unicast, ...header }
  const all = { destination: '198.51.100.0', ...values }
  socket.request({ command, type: RTM_NEWROUTE, flags: create, format: routeFormat, header: destination, values: all })
}

t.test('routes', async t => {
  const { socket } = openScratch(t, 'link set lo up', 'link add p0 type veth peer name p1', 'link set p0 up')
  refuses(t, () => addRoute(socket, {}, { gateway: '203.0.113.1' }), {
    code: 'ENETLINK',
    errno: 101,
    kernelMessage: 'Nexthop has invalid gateway',
    message: /^ip route add 198\.51\.100\.0\/24: ENETUNREACH \(kernel: "Nexthop has invalid gateway"\)/
  })
  refuses(t, () => addRoute(socket, { destinationLength: 33 }, {}), { errno: 22, kernelMessage: 'Invalid prefix length' })
  refuses(t, () => addRoute(socket, {}, { outgoingLink: 4242 }), { errno: 19, message: /ENODEV/ })
  addRoute(socket, {}, { outgoingLink: lo })
  refuses(t, () => addRoute(socket, {}, { outgoingLink: lo }), { errno: 17, message: /EEXIST/ })
  t.match(socket.dump({ command: 'ip route', type: RTM_GETROUTE, format: routeFormat }).length, Number, 'the socket works on')
})

t.test('the attribute that is wrong is named', async t => {
  const { socket } = openScratch(t)
  const misfit = { '#16': Uint8Array.of(1) }
  const request = { command: 'ip route add', type: RTM_NEWROUTE, flags: create, format: routeFormat, header: unicast }
  refuses(t, () => socket.request({ ...request, values: { outgoingLink: lo, ...misfit } }), {
    attribute: 'RTA_MARK',
    message: / at RTA_MARK$/
  })
  const link = { command: 'ip link add', type: RTM_NEWLINK, flags: create, format: linkFormat }
  refuses(t, () => socket.request({ ...link, values: { name: 'x'.repeat(20), info: { kind: 'veth' } } }), { attribute: 'IFLA_IFNAME' })
  const data = { '#1': Uint8Array.of(1) }
  refuses(t, () => socket.request({ ...link, values: { name: 'mv0', link: lo, info: { kind: 'macvlan', data } } }), {
    attribute: 'IFLA_MACVLAN_MODE'
  })
  refuses(
    t,
    () =>
      socket.request({
        command: 'ip rule add',
        type: RTM_NEWRULE,
        flags: create,
        format: ruleFormat,
        header: { family: AF_INET, action: 1 },
        values: { '#20': Uint8Array.of(1) }
      }),
    { attribute: 'FRA_UID_RANGE' }
  )
})

t.test('links and addresses', async t => {
  const { socket, json } = openScratch(t, 'link add p0 type veth peer name p1')
  const [p0] = json<{ ifindex: number }>('link', 'show', 'p0')
  const index = p0?.ifindex ?? 0
  const link = { command: 'ip link add', type: RTM_NEWLINK, flags: create, format: linkFormat }
  refuses(t, () => socket.request({ ...link, values: { name: 'x0', info: { kind: 'nosuchkind' } } }), {
    kernelMessage: 'Unknown device type'
  })
  const twin = { ...link, values: { name: 'p0', link: index, info: { kind: 'macvlan' } } }
  refuses(t, () => socket.request(twin), { errno: 17, kernelMessage: undefined }, 'for this one the kernel has no words')
  refuses(t, () => socket.request({ command: 'ip link del', type: RTM_DELLINK, format: linkFormat, header: { index: 4242 } }), {
    errno: 19
  })
  const values = { local: '192.0.2.1', address: '192.0.2.1' }
  const header = { family: AF_INET, prefixLength: 24, index }
  const address = { command: 'ip addr add', type: RTM_NEWADDR, flags: create, format: addressFormat, header, values }
  socket.request(address)
  refuses(t, () => socket.request(address), { errno: 17, kernelMessage: /already assigned/ })
})

t.test('a dump that is refused', async t => {
  const { socket } = openScratch(t)
  const request = { command: 'ip link show', type: RTM_GETLINK, format: linkFormat }
  refuses(t, () => socket.dump({ ...request, header: { index: 4242 } }), {
    code: 'ENETLINK',
    errno: 22,
    kernelMessage: /Filter by device index/
  })
  refuses(t, () => socket.dump({ ...request, values: { '#1': new Uint8Array(4) } }), { kernelMessage: /Unsupported attribute/ })
  refuses(t, () => socket.dump({ ...request, type: 250 }), { errno: 95 })
  t.match(socket.dump(request), [{ values: { name: 'lo' } }], 'the socket works on')
})

t.test('a dump that cannot be decoded leaves the socket fit for the next', async t => {
  const { socket } = openScratch(t, ...Array.from({ length: 60 }, (_, i) => `link add i${i} type ifb`))
  const { name, ...rest } = linkFormat.attributes
  const wrong = { header: linkFormat.header, attributes: { ...rest, name: { ...name, payload: rest.mtu.payload } } }
  const command = 'ip link show'
  refuses(t, () => socket.dump({ command, type: RTM_GETLINK, format: wrong }), { code: 'ECODEC', message: /IFLA_IFNAME/ })
  t.equal(socket.dump({ command, type: RTM_GETLINK, format: linkFormat }).length, 61)
})

t.test('a kernel that does not answer is an error after five seconds', async t => {
  const { socket } = openScratch(t)
  // NLMSG_NOOP is not answered unless an acknowledgement is asked for, and a dump asks for none
  refuses(t, () => socket.dump({ command: 'nothing', type: NLMSG_NOOP, format: linkFormat }), {
    code: 'ESYSCALL',
    message: /did not answer/
  })
  t.match(socket.dump({ command: 'ip link show', type: RTM_GETLINK, format: linkFormat }), [{ values: { name: 'lo' } }])
})
