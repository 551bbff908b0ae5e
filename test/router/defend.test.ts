// An address is defended against another host: at once, and, since that may be said only so often, once more after the host's last word.
import t from 'tap'
import { announcements, parseArp } from '../../src/arp/arp.ts'
import { arpFilter } from '../../src/arp/filter.ts'
import { LanPort } from '../../src/arp/lan-port.ts'
import type { Log } from '../../src/observe/log.ts'
import { defend } from '../../src/router/defend.ts'
import { eventually } from '../kit/eventually.ts'
import { openScratch } from '../netlink/scratch.ts'

const address = '192.168.12.99'
const stranger = '02:00:00:00:00:66'

t.test('defend', async t => {
  const { namespace, json } = openScratch(t, 'link add here type veth peer name there', 'link set here up', 'link set there up')
  const [here, there] = ['here', 'there'].map(name => {
    const [link] = json<{ ifindex: number; address: string }>('link', 'show', name)
    if (!link) throw new Error(name)
    const port = new LanPort(namespace, link.ifindex, link.address, [address])
    t.teardown(() => port[Symbol.dispose]())
    return port
  }) as [LanPort, LanPort]
  const heard: string[] = []
  there.arp.listen(bytes => {
    const message = parseArp(bytes)
    if (message?.senderAddress === address && message.operation === 'request') heard.push(message.senderMac)
  })
  const said: string[] = []
  const log: Log = { debug() {}, info() {}, warn: text => said.push(text), error: text => said.push(text) }
  defend(here, [{ family: 'ipv4', address, prefix: 24, gateway: '192.168.12.1' }], log, 400)
  const speak = () => {
    for (const bytes of announcements(stranger, address)) there.arp.send(bytes)
  }
  speak()
  t.ok(await eventually(async () => heard.length === 1), 'answered at once')
  speak()
  speak()
  t.ok(await eventually(async () => heard.length === 2), 'and once more for all that was said meanwhile')
  await new Promise(resolve => setTimeout(resolve, 900))
  t.same(heard, [here.mac, here.mac], 'then it is quiet')
  t.same(said, Array(2).fill(`address ${address} is also used on the LAN by ${stranger}`))
})

t.test('a port that is closed touches no file of another', async t => {
  const { namespace, json } = openScratch(t, 'link add here type veth peer name there', 'link set here up')
  const [link] = json<{ ifindex: number; address: string }>('link', 'show', 'here')
  if (!link) throw new Error('here')
  const port = new LanPort(namespace, link.ifindex, link.address, [address])
  const { arp } = port
  port[Symbol.dispose]()
  t.throws(() => arp.filter(arpFilter([address])), { code: 'ESYSCALL' })
  t.throws(() => arp.listen(() => {}), { code: 'ESYSCALL' })
  t.throws(() => arp.send(new Uint8Array(60)), { code: 'ESYSCALL' })
  for (const name of ['arp', 'ipv6', 'sender'] as const) t.throws(() => port[name], { code: 'ESYSCALL' }, name)
})
