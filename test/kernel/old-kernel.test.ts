// Kernels before 6.14 look for the name of a new link among the links beside its parent, too, and refuse one that is free in the pod.
import t from 'tap'
import { performAll } from '../../src/kernel/linux/perform.ts'
import { NetlinkError } from '../../src/netlink/acknowledgement.ts'
import type { Outcome, Unnamed } from '../../src/netlink/request.ts'
import { NETLINK_ROUTE, NetlinkSocket } from '../../src/netlink/socket.ts'
import type { Operation } from '../../src/state/operation.ts'
import { errno } from '../../src/sys/errno.ts'
import { inNamespace, openNamespace } from '../../src/sys/namespace.ts'
import { openStage } from '../router/stage.ts'

t.test('made under another name, and named afterwards', async t => {
  const stage = openStage(t)
  const pod = stage.pods[0] as string
  using inside = openNamespace(pod)
  using beside = openNamespace(stage.node)
  using socket = inNamespace(inside, () => new NetlinkSocket(NETLINK_ROUTE))
  using parents = inNamespace(beside, () => new NetlinkSocket(NETLINK_ROUTE))
  stage.ip(stage.node, 'link', 'add', 'net1', 'type', 'bridge')
  const tried: string[] = []
  const refuse = (requests: readonly Unnamed[], commandOf: (place: number) => string): Outcome[] => {
    const [request] = requests
    const name = String(request?.values?.name)
    tried.push(name)
    return name === 'net1' ? [{ error: new NetlinkError(commandOf(0), errno.EEXIST) }] : parents.requestAll(requests, commandOf)
  }
  const old = { fd: parents.fd, requestAll: refuse, request: parents.request.bind(parents) } as unknown as NetlinkSocket
  const operation: Operation = {
    kind: 'link',
    verb: 'add',
    resource: { name: 'net1', up: false, creation: { parent: 'up0', mode: 'private', namespace: pod } }
  }
  const means = {
    socket,
    parents: () => old,
    namespaceFd: inside.fd,
    perform: () => {},
    observe: () => ({ addresses: [], routes: [], rules: [] })
  }
  t.same(performAll([operation], means), { done: [operation], failure: undefined })
  t.same(tried, ['net1', 'egr-new'])
  const [made] = JSON.parse(stage.ip(pod, '-d', '-j', 'link', 'show', 'net1'))
  t.match(made, { ifalias: 'egress-router', group: 'default', linkinfo: { info_kind: 'macvlan' } })
  // now the pod has one of that name itself: the refusal stands
  const { failure } = performAll([operation], means)
  t.match(failure?.error, { code: 'ELINK', message: /a link of that name exists already/ })
  t.match(stage.ip(pod, '-o', 'link'), /net1/, 'and that link stays')
})
