// What is not the router's stays byte for byte: the pod's own routes, rules, eth0 and foreign nft tables. After `clean` everything is as it was.
import t from 'tap'
import { environment } from '../kit/documentation.ts'
import { openLab } from '../kit/laboratory.ts'
import { exits } from '../kit/outcome.ts'
import { snapshot, untouchable } from '../kit/snapshot.ts'

const env = environment(['ipv4', 'ipv6'], { EGRESS_CONFLICT_PROBE: 'off' })

for (const mode of ['init', 'legacy']) {
  t.test(mode, async t => {
    const lab = await openLab(t)
    const before = await snapshot(lab)
    const running = lab.startRouter({ ...env, EGRESS_ROUTER_MODE: mode })
    if (mode === 'init') exits(t, await running.finished, 0, 'run')
    else await running.shows(/ready/)
    t.match(await lab.ask('client', 'tcp', '10.128.0.2', 80), { seen: '192.168.12.99' }, 'the router works')
    const during = await snapshot(lab)
    const [kept, found] = [untouchable(before), untouchable(during)]
    for (const part of Object.keys(kept) as (keyof typeof kept)[]) t.ok(kept[part].length > 0, `${part} holds something`)
    for (const part of Object.keys(kept) as (keyof typeof kept)[]) t.same(found[part], kept[part], `${part} is untouched`)
    t.ok(during.nftables.length > before.nftables.length, 'and there is a table of our own')
    if (mode === 'legacy') await running.end()
    exits(t, await lab.router(env, ['clean']), 0, 'clean')
    const after = await snapshot(lab)
    for (const part of Object.keys(before) as (keyof typeof before)[]) t.same(after[part], before[part], `${part}: as before the first run`)
    exits(t, await lab.router(env, ['clean']), 0, 'clean of what is clean')
  })
}

t.test('a pod that forwarded before goes on forwarding after clean', async t => {
  const lab = await openLab(t)
  await lab.must('router', ['sh', '-ec', 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'])
  const before = await snapshot(lab)
  exits(t, await lab.router(env), 0, 'run')
  exits(t, await lab.router(env), 0, 'a second run')
  exits(t, await lab.router(env, ['clean']), 0, 'clean')
  t.same((await snapshot(lab)).sysctls, before.sysctls)
})
