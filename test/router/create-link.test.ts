// A macvlan made from outside, straight in a pod's namespace: whole or not at all.
import t from 'tap'
import { createLink, openLinux } from '../../src/index.ts'
import { openStage } from './stage.ts'

const request = ({ node, pods }: { node: string; pods: readonly string[] }) => ({
  namespace: pods[0] as string,
  parentNamespace: node,
  parent: 'up0',
  name: 'macvlan0'
})

const linksOf = (namespace: string) => {
  using kernel = openLinux({ namespace })
  return kernel.links().map(link => link.name)
}

t.test('down, without an address, marked as ours, of the mode and size that were asked for', async t => {
  const stage = openStage(t)
  const made = createLink({ ...request(stage), mode: 'bridge', mtu: 1400 })
  t.match(made, { name: 'macvlan0', kind: 'macvlan', mode: 'bridge', mtu: 1400, up: false, alias: 'egress-router' })
  const [seen] = JSON.parse(stage.ip(stage.pods[0] as string, '-j', 'addr', 'show', 'macvlan0'))
  t.match(seen, { ifname: 'macvlan0', addr_info: [] })
  t.equal(createLink(request(stage)).index, made.index, 'asked for again, it is the same')
  t.same(
    linksOf(stage.node)
      .filter(name => name !== 'lo')
      .sort(),
    ['up0', 'vp0'],
    'nothing is left in the namespace of the parent'
  )
})

t.test('the mode is private and the size the parent’s, unless said otherwise', async t => {
  const stage = openStage(t)
  stage.ip(stage.node, 'link', 'set', 'up0', 'mtu', '1450')
  t.match(createLink(request(stage)), { mode: 'private', mtu: 1450 })
})

t.test('by path and by process id', async t => {
  const stage = openStage(t)
  t.match(createLink({ ...request(stage), namespace: `/run/netns/${stage.pods[0]}` }), { name: 'macvlan0' })
  t.throws(() => createLink({ ...request(stage), namespace: 999_999_999 }), { code: 'EUSAGE' })
})

t.test('what cannot be made is refused in words, and leaves nothing', async t => {
  const stage = openStage(t)
  const pod = stage.pods[0] as string
  const refused = (change: object, expected: RegExp) => {
    t.throws(() => createLink({ ...request(stage), ...change }), { code: 'ELINK', message: expected })
    t.same(linksOf(pod).sort(), ['eth0', 'lo'], String(expected))
  }
  refused({ parent: 'nowhere' }, /parent link 'nowhere' does not exist/)
  refused({ mtu: 9000 }, /MTU of 9000 is above the parent's 1500/)
  stage.ip(stage.node, 'link', 'add', 'br0', 'type', 'bridge')
  stage.ip(stage.node, 'link', 'set', 'vp0', 'master', 'br0')
  refused({ parent: 'vp0' }, /vp0 is a port of a bridge/)
  t.throws(() => createLink({ ...request(stage), name: 'eth0' }), { code: 'ELINK', message: /has a link eth0 already, and it is not ours/ })
  t.same(linksOf(pod).sort(), ['eth0', 'lo'])
})

t.test('what an earlier attempt left half-made is thrown away', async t => {
  const stage = openStage(t)
  const pod = stage.pods[0] as string
  stage.ip(stage.node, 'link', 'add', 'link', 'up0', 'name', 'macvlan0', 'group', '1701278208', 'netns', pod, 'type', 'macvlan')
  t.match(createLink(request(stage)), { name: 'macvlan0' })
  t.same(linksOf(pod).sort(), ['eth0', 'lo', 'macvlan0'])
})
