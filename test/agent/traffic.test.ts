// A router set up from outside carries real connections, the pod needing no privilege; and whatever becomes of the agent and of other
// pods meanwhile, its traffic is not interrupted.
import t from 'tap'
import { network } from '../cni/runtime.ts'
import { environment, ipv4, ipv6 } from '../kit/documentation.ts'
import { openLab } from '../kit/laboratory.ts'
import { exits } from '../kit/outcome.ts'
import { openStage } from '../router/stage.ts'
import { openNode } from './node.ts'

const config = network('', {
  ip: {
    addresses: [ipv4.sourcePrefix, '192.168.12.98/24', ipv6.sourcePrefix],
    gateway: [ipv4.gateway, ipv6.gateway],
    destinations: [`8080 tcp ${ipv4.destinations[1]} 80`, ipv4.destinations[2], ipv6.destinations[2]]
  }
})

t.test('clients reach the server by the reserved address, in both families', async t => {
  const lab = await openLab(t, { link: 'none' })
  const node = openNode(t, lab.name('node'))
  await node.start()
  const namespace = `/run/netns/${lab.name('router')}`
  const capture = await lab.capture('p-node')
  const added = await node.call('ADD', { ...config, conflictProbe: 'fast' }, { namespace })
  t.match(added, { code: 0 })
  t.equal(added.json.ips.length, 3)
  t.match(await lab.ask('client', 'tcp', ipv4.pod, 8080), { seen: ipv4.source, at: ipv4.destinations[1], port: 80 })
  t.match(await lab.ask('neighbor', 'udp', ipv4.pod, 53), { seen: ipv4.source, at: ipv4.destinations[2], port: 53 })
  t.match(await lab.ask('client', 'tcp', ipv6.pod, 443), { seen: ipv6.source, at: ipv6.destinations[2], port: 443 })
  t.match(await lab.ask('client', 'udp', ipv6.pod, 443), { seen: ipv6.source, at: ipv6.destinations[2] })
  for (const address of [ipv4.source, '192.168.12.98'])
    t.ok(await capture.sees(f => f.kind === 'arp' && f.source === address && f.destination === address), `${address} is announced`)
  await node.call('DEL', config, { namespace })
  t.match(await lab.ask('client', 'tcp', ipv4.pod, 8080, { patience: 1000 }), { error: /./ }, 'after DEL the pod is no router')
  const sources = new Set((await capture.finish()).flatMap(frame => (frame.kind === 'ipv4' ? [frame.source] : [])))
  for (const pods of [ipv4.client, ipv4.neighbor, ipv4.pod]) t.notOk(sources.has(pods), `${pods} was never seen on the LAN`)
})

t.test("another router's traffic goes on while the agent dies, returns and serves twenty pods", async t => {
  const lab = await openLab(t, { link: 'none' })
  const node = openNode(t, lab.name('node'))
  const stage = openStage(t, 20)
  const namespace = `/run/netns/${lab.name('router')}`
  let agent = await node.start()
  t.match(await node.call('ADD', config, { namespace }), { code: 0 })
  t.match(await lab.ask('client', 'udp', ipv4.pod, 53), { seen: ipv4.source })
  let over = false
  const asked = (async () => {
    const wrong: object[] = []
    let right = 0
    while (!over) {
      const answers = await Promise.all([
        lab.ask('client', 'udp', ipv4.pod, 53, { tries: 1, patience: 1000 }),
        lab.ask('neighbor', 'tcp', ipv4.pod, 8080, { patience: 1000 })
      ])
      for (const answer of answers) {
        if (answer.seen === ipv4.source) right++
        else wrong.push(answer)
      }
    }
    return { right, wrong }
  })()
  const longest = lab.ask('client', 'tcp', ipv4.pod, 8080, { down: 40_000_000, patience: 30_000 })
  const others = (command: string) =>
    Promise.all(
      stage.pods.map((pod, n) =>
        node.call(command, network(`192.168.12.${120 + n}/24`), { namespace: `/run/netns/${pod}`, containerId: `other${n}` })
      )
    )
  for (let round = 0; round < 2; round++) {
    await others('ADD')
    await agent.end('SIGKILL')
    agent = await node.start()
    await others('DEL')
  }
  t.match(await longest, { downloaded: 40_000_000 }, 'a long download was not cut')
  over = true
  const { right, wrong } = await asked
  t.same(wrong, [], `each of ${right + wrong.length} questions was answered`)
  t.ok(right > 20)
})

t.test('chained: a pod that is no router gets what the plugins before us made, and nothing else', async t => {
  const lab = await openLab(t, { link: 'none', server: false })
  const node = openNode(t, lab.name('node'))
  await node.start()
  const namespace = `/run/netns/${lab.name('router')}`
  const prevResult = {
    cniVersion: '1.0.0',
    interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:01', sandbox: namespace }],
    ips: [{ address: '10.128.0.2/24', gateway: '10.128.0.1', interface: 0 }],
    routes: [{ dst: '0.0.0.0/0', advmss: 1400 }],
    dns: { nameservers: ['10.0.0.10'] },
    'example.com/unknown': { kept: [1, 2.5, null] }
  }
  const chained = { cniVersion: '1.0.0', name: 'cluster', type: 'egress-router', prevResult }
  const numbers =
    '{"cniVersion":"1.0.0","x":[12345678901234567890,-0,1.0,1e400,0.1000000000000000055511151231257827,2],"__proto__":{"y":1E3}}'
  const args = 'K8S_POD_NAME=web;IgnoreUnknown=1;K8S_POD_INFRA_CONTAINER_ID=x;K8S_POD_NAMESPACE=shop;K8S_POD_UID=1'
  const added = await node.call('ADD', chained, { namespace, interface: 'eth0', args })
  t.match(added, { code: 0 })
  t.same(added.json, prevResult, 'as it came')
  const exact = JSON.stringify(chained).replace(JSON.stringify(prevResult), numbers)
  t.equal((await node.call('ADD', exact, { namespace, interface: 'eth0', args })).text, `${numbers}\n`, 'numbers as they were written')
  t.match(await node.call('CHECK', chained, { namespace, interface: 'eth0', args }), { code: 0, text: '' })
  t.match(await node.call('DEL', chained, { namespace, interface: 'eth0', args }), { code: 0, text: '' })
  const { prevResult: _, ...alone } = chained
  t.match((await node.call('ADD', alone, { namespace })).json, { code: 7, msg: /^prevResult/ })
})

t.test('a router in the pod and the agent do not fight', async t => {
  const lab = await openLab(t, { link: 'none' })
  const node = openNode(t, lab.name('node'))
  const agent = await node.start()
  const namespace = `/run/netns/${lab.name('router')}`
  t.match(await node.call('ADD', config, { namespace, interface: 'macvlan0' }), { code: 0 })
  exits(
    t,
    await lab.router(environment(['ipv4', 'ipv6'], { EGRESS_DESTINATION: ipv4.destinations[0], EGRESS_ROUTER_MODE: 'init' })),
    0,
    'run'
  )
  await agent.shows(/another egress-router process looks after this router now/)
  t.match(await lab.ask('client', 'tcp', ipv4.pod, 80), { seen: ipv4.source, at: ipv4.destinations[0] })
})
