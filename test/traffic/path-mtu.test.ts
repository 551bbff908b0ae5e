// Large transfers get through although the pod network carries less than the LAN, in both directions, TCP and UDP.
import t from 'tap'
import { environment, values } from '../kit/documentation.ts'
import { type Lab, openLab } from '../kit/laboratory.ts'
import { exits } from '../kit/outcome.ts'
import type { Host } from '../kit/wiring.ts'

const env = environment(['ipv4', 'ipv6'], { EGRESS_CONFLICT_PROBE: 'off' })
const families = Object.values(values)
const mebibyte = 2 ** 20

/** A host that says nothing of packets that are too large: the black hole that TCP must not fall into. */
const mute = (hook: string) => `table inet mute {
  chain muted {
    type filter hook ${hook} priority 0; policy accept;
    icmp type destination-unreachable drop
    icmpv6 type packet-too-big drop
  }
}
`

const mtu = (lab: Lab, host: Host, link: string, bytes: number) => lab.must(host, ['ip', 'link', 'set', link, 'mtu', String(bytes)])

/** The client believes in 1500; only the router's own wire carries 1400. */
async function wideClient(lab: Lab): Promise<void> {
  await Promise.all([mtu(lab, 'node', 'to-client', 1500), mtu(lab, 'client', 'eth0', 1500)])
}

t.test('TCP both ways', async t => {
  const lab = await openLab(t)
  exits(t, await lab.router(env), 0, 'run')
  for (const { pod, source } of families) {
    for (const host of ['client', 'neighbor'] as const) {
      const answer = await lab.ask(host, 'tcp', pod, 443, { up: 2 * mebibyte, down: 2 * mebibyte })
      t.match(answer, { seen: source, received: 2 * mebibyte, downloaded: 2 * mebibyte }, `${host} by ${pod}`)
    }
  }
})

t.test('TCP does not need the ICMP messages of others', async t => {
  const lab = await openLab(t)
  await wideClient(lab)
  await lab.must('gateway', ['nft', '-f', '-'], { input: mute('forward') })
  await lab.must('node', ['nft', '-f', '-'], { input: mute('output') })
  exits(t, await lab.router(env), 0, 'run')
  for (const { pod, source } of families) {
    const answer = await lab.ask('client', 'tcp', pod, 443, { up: mebibyte, down: mebibyte })
    t.match(answer, { seen: source, received: mebibyte, downloaded: mebibyte }, `the segments fit from the start: ${pod}`)
  }
})

t.test('UDP replies larger than the pod network carries', async t => {
  const lab = await openLab(t)
  exits(t, await lab.router(env), 0, 'run')
  for (const { pod, source } of families) {
    // Linux sends a datagram that fits its own link unfragmented and with DF: the first reply must be reported as too big, the next arrives
    for (const size of [1300, 1450, 4000]) {
      t.match(await lab.ask('client', 'udp', pod, 443, { size }), { seen: source, downloaded: size }, `${size} bytes by ${pod}`)
    }
    t.match(await lab.ask('client', 'udp', pod, 443, { up: 4000 }), { seen: source, received: 4000 }, '4000 bytes to the server')
  }
})

t.test('a narrow place behind the gateway', async t => {
  const lab = await openLab(t)
  await Promise.all([mtu(lab, 'gateway', 'ext', 1300), mtu(lab, 'server', 'eth0', 1300)])
  exits(t, await lab.router(env), 0, 'run')
  for (const { pod, source } of families) {
    // the gateway complains to SOURCE about a packet of the client: the complaint has to reach the client
    t.match(await lab.ask('client', 'udp', pod, 443, { up: 1320 }), { seen: source, received: 1320 }, `a datagram of 1320 bytes by ${pod}`)
    const answer = await lab.ask('client', 'tcp', pod, 443, { up: mebibyte, down: mebibyte })
    t.match(answer, { seen: source, received: mebibyte, downloaded: mebibyte }, 'TCP')
  }
})
