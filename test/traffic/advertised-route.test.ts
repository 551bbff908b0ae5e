// A pod that has its IPv6 default route from router advertisements keeps it, although a host that forwards takes no more of them.
import t from 'tap'
import { ETH_P_IPV6, frame } from '../../src/arp/ethernet.ts'
import { PacketSocket } from '../../src/arp/packet-socket.ts'
import { addressBytes } from '../../src/ip/address.ts'
import { macBytes } from '../../src/ip/mac.ts'
import { openNamespace } from '../../src/sys/namespace.ts'
import { environment, ipv6 } from '../kit/documentation.ts'
import { eventually } from '../kit/eventually.ts'
import { type Lab, openLab } from '../kit/laboratory.ts'
import { exits } from '../kit/outcome.ts'
import { snapshot, untouchable } from '../kit/snapshot.ts'

const mac = '02:00:0a:80:00:01'
const [self, allNodes] = ['fe80::1', 'ff02::1'].map(addressBytes) as [Uint8Array, Uint8Array]

/** RFC 4861 section 4.2, of a router that is one for half an hour; on an Ethernet frame. */
function routerAdvertisement(): Uint8Array {
  const message = Buffer.concat([Buffer.from('8600000040000708', 'hex'), Buffer.alloc(8), Buffer.from([1, 1]), macBytes(mac)])
  const pseudo = Buffer.concat([self, allNodes, Buffer.from([0, 0, 0, message.length, 0, 0, 0, 58]), message])
  let sum = 0
  for (let i = 0; i < pseudo.length; i += 2) sum += pseudo.readUInt16BE(i)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  message.writeUInt16BE(~sum & 0xffff, 2)
  const header = Buffer.from([0x60, 0, 0, 0, 0, message.length, 58, 255])
  return frame('33:33:00:00:00:01', mac, ETH_P_IPV6, Buffer.concat([header, self, allNodes, message]))
}

async function advertise(lab: Lab): Promise<void> {
  using namespace = openNamespace(lab.name('node'))
  const [port] = JSON.parse(await lab.must('node', ['ip', '-j', 'link', 'show', 'cni0'])) as [{ ifindex: number }]
  using socket = new PacketSocket(namespace, port.ifindex, 0)
  socket.send(routerAdvertisement())
}

/** The default route that the kernel has made of advertisements. */
const learnt = async (lab: Lab) => (await lab.must('router', ['ip', '-6', 'route', 'show', 'default', 'proto', 'ra'])).trim()

t.test('a default route that was learnt', async t => {
  const lab = await openLab(t)
  await lab.must('router', ['sh', '-ec', 'echo 1 >/proc/sys/net/ipv6/conf/eth0/accept_ra; ip -6 route del default'])
  const hears = () =>
    eventually(async () => {
      await advertise(lab)
      return (await learnt(lab)) !== ''
    })
  t.ok(await hears(), 'the pod learns its route')
  const before = await snapshot(lab)
  const env = environment(['ipv4', 'ipv6'], { EGRESS_CONFLICT_PROBE: 'off' })
  exits(t, await lab.router(env), 0, 'run')
  t.match(await learnt(lab), /via fe80::1 dev eth0/, 'and keeps it')
  t.same(steady(untouchable(await snapshot(lab)).main6), steady(untouchable(before).main6), 'the main table is as it was')
  t.match(await lab.ask('client', 'tcp', ipv6.pod, 80), { seen: ipv6.source }, 'the reply to a client goes by it')
  await lab.must('router', ['ip', '-6', 'route', 'del', 'default', 'proto', 'ra'])
  t.ok(await hears(), 'advertisements still count')
  exits(t, await lab.router(env, ['clean']), 0, 'clean')
  t.match(await learnt(lab), /via fe80::1 dev eth0/, 'also after clean')
  t.equal((await snapshot(lab)).sysctls, before.sysctls)
})

/** Its time runs. */
const steady = (routes: readonly object[]) => routes.map(route => ({ ...route, expires: undefined }))
