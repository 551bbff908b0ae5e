// What a monitor hears, what it says when messages were lost, and that it is quiet otherwise.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import t from 'tap'
import { decodeBody, type MessageFormat } from '../../src/netlink/message.ts'
import { type MonitorEvent, NetlinkMonitor } from '../../src/netlink/monitor.ts'
import { sockaddr } from '../../src/netlink/sockaddr.ts'
import { NETLINK_ROUTE } from '../../src/netlink/socket.ts'
import { addressFormat, RTM_DELADDR, RTM_NEWADDR, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR } from '../../src/rtnetlink/address.ts'
import { linkFormat, RTM_DELLINK, RTM_NEWLINK, RTNLGRP_LINK } from '../../src/rtnetlink/link.ts'
import { RTM_DELROUTE, RTM_NEWROUTE, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, routeFormat } from '../../src/rtnetlink/route.ts'
import { RTM_DELRULE, RTM_NEWRULE, RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE, ruleFormat } from '../../src/rtnetlink/rule.ts'
import { inNamespace } from '../../src/sys/namespace.ts'
import { send } from '../../src/sys/syscalls.ts'
import { root } from '../kit/process.ts'
import { listen } from './listener.ts'
import { openScratch } from './scratch.ts'

const groups = [
  RTNLGRP_LINK,
  RTNLGRP_IPV4_IFADDR,
  RTNLGRP_IPV6_IFADDR,
  RTNLGRP_IPV4_ROUTE,
  RTNLGRP_IPV6_ROUTE,
  RTNLGRP_IPV4_RULE,
  RTNLGRP_IPV6_RULE
]
/** A message of the type whose attributes have the value. */
const about = (type: number, format: unknown, key: string, value: unknown) => (event: MonitorEvent) =>
  event.kind === 'message' &&
  event.message.type === type &&
  (decodeBody(format as MessageFormat<unknown, never>, event.message.body).values as Record<string, unknown>)[key] === value
const isResync = (event: MonitorEvent) => event.kind === 'resync'

t.test('changes of links, addresses, routes and rules', async t => {
  const scratch = openScratch(t)
  const listener = listen(t, scratch, groups)
  const told = async (line: string, ...what: Parameters<typeof about>) => {
    if (line.includes(':')) scratch.ip6(line)
    else scratch.ip(line)
    t.ok(await listener.hears(about(...what)), line)
  }
  await told('link add p0 type veth peer name p1', RTM_NEWLINK, linkFormat, 'name', 'p0')
  await told('link set p0 mtu 1400', RTM_NEWLINK, linkFormat, 'mtu', 1400)
  await told('addr add 192.0.2.1/24 dev p0', RTM_NEWADDR, addressFormat, 'local', '192.0.2.1')
  await told('addr add 2001:db8::1/64 dev p0 nodad', RTM_NEWADDR, addressFormat, 'address', '2001:db8::1')
  await told('route add blackhole 198.51.100.0/24', RTM_NEWROUTE, routeFormat, 'destination', '198.51.100.0')
  await told('route add blackhole 2001:db8:1::/48', RTM_NEWROUTE, routeFormat, 'destination', '2001:db8:1::')
  await told('rule add fwmark 1 lookup 7', RTM_NEWRULE, ruleFormat, 'mark', 1)
  await told('rule add from 2001:db8::1 lookup 7', RTM_NEWRULE, ruleFormat, 'source', '2001:db8::1')
  await told('rule del fwmark 1', RTM_DELRULE, ruleFormat, 'mark', 1)
  await told('route del 198.51.100.0/24', RTM_DELROUTE, routeFormat, 'destination', '198.51.100.0')
  await told('addr del 192.0.2.1/24 dev p0', RTM_DELADDR, addressFormat, 'local', '192.0.2.1')
  await told('link del p0', RTM_DELLINK, linkFormat, 'name', 'p0')
  t.notOk(listener.events.some(isResync), 'nothing was lost')
})

t.test('a burst beyond the receive buffer gives resync, and changes are heard afterwards', async t => {
  const scratch = openScratch(t)
  const listener = listen(t, scratch, groups, { receiveBuffer: 1 })
  for (const round of [1, 2, 3]) {
    // ip runs to its end before the event loop reads anything
    scratch.ip(...Array.from({ length: 100 }, (_, i) => `route add blackhole 10.${round}.${i}.0/24`))
    t.ok(await listener.hears(isResync), `resync ${round}`)
    // what still fills the buffer is read meanwhile: the next change would be lost as well
    await setTimeout(100)
    scratch.ip(`route add blackhole 198.51.${round}.0/24`)
    t.ok(await listener.hears(about(RTM_NEWROUTE, routeFormat, 'destination', `198.51.${round}.0`)), `hears again ${round}`)
  }
})

t.test('the monitor can be closed by what it hears', async t => {
  const scratch = openScratch(t)
  let heard = 0
  let closed = () => {}
  const end = new Promise<void>(resolve => {
    closed = resolve
  })
  const monitor = inNamespace(scratch.namespace, () => {
    const close = () => {
      heard++
      monitor[Symbol.dispose]()
      closed()
    }
    return new NetlinkMonitor(NETLINK_ROUTE, groups, close)
  })
  scratch.ip('route add blackhole 10.0.0.0/24', 'route add blackhole 10.0.1.0/24')
  await end
  await setImmediate()
  t.equal(heard, 1, 'nothing is told after the end')
})

t.test('only the kernel is believed', async t => {
  const scratch = openScratch(t)
  const listener = listen(t, scratch, groups)
  const table = inNamespace(scratch.namespace, () => readFileSync('/proc/thread-self/net/netlink', 'utf8'))
  const sockets = table.split('\n').map(line => line.trim().split(/\s+/))
  const ports = sockets.filter(([, protocol, , joined]) => protocol === '0' && joined !== '00000000').map(([, , port]) => Number(port))
  t.equal(ports.length, 1, 'the monitor is the one that has joined groups')
  const to = sockaddr(0)
  new DataView(to.buffer).setUint32(4, ports[0] as number, true)
  send(scratch.socket.fd, Uint8Array.of(1, 2, 3), to)
  scratch.ip('route add blackhole 198.51.100.0/24')
  t.ok(await listener.hears(about(RTM_NEWROUTE, routeFormat, 'destination', '198.51.100.0')))
  t.equal(listener.events.length, 1)
})

t.test('a process waits on its monitor alone, without a timer, and ends when it is closed', async t => {
  const scratch = openScratch(t)
  const script = `
    import { NetlinkMonitor } from '${root}src/netlink/monitor.ts'
    const monitor = new NetlinkMonitor(0, [${RTNLGRP_IPV4_ROUTE}], () => {
      console.log('heard', JSON.stringify(process.getActiveResourcesInfo().filter(name => /timeout|immediate|thread/i.test(name))))
      monitor[Symbol.dispose]()
    })
    console.log('ready')`
  const child = execFile('ip', ['netns', 'exec', scratch.name, process.execPath, '--input-type=module-typescript', '-e', script], () => {})
  const ended = new Promise<number | null>(resolve => child.once('exit', resolve))
  t.teardown(() => child.kill('SIGKILL'))
  let output = ''
  const ready = new Promise<void>(resolve => {
    child.stdout?.on('data', (text: string) => {
      output += text
      if (output.includes('ready')) resolve()
    })
  })
  await Promise.race([ready, ended])
  await promisify(execFile)('ip', ['-n', scratch.name, 'route', 'add', 'blackhole', '198.51.100.0/24'])
  t.equal(await ended, 0)
  t.equal(output, 'ready\nheard []\n')
})
