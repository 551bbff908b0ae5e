// With --netns, the parent is a link of the namespace that the command is started in, or else of the other.
import { execFileSync } from 'node:child_process'
import t from 'tap'
import { root } from '../kit/process.ts'
import { openStage } from '../router/stage.ts'

const given = {
  EGRESS_SOURCE: '192.168.12.99/24',
  EGRESS_GATEWAY: '192.168.12.1',
  EGRESS_DESTINATION: '203.0.113.25',
  EGRESS_CONFLICT_PROBE: 'off'
}

t.test('parent', async t => {
  const stage = openStage(t)
  const pod = stage.pods[0] as string
  const run = (from: string, ...argv: string[]) =>
    execFileSync('ip', ['netns', 'exec', from, `${root}/bin/egress-router`, ...argv], {
      env: { ...process.env, ...given },
      encoding: 'utf8'
    })
  t.match(run(stage.node, 'plan', '--netns', pod, '--parent', 'up0'), `ip link add link up0 name macvlan0 netns ${pod} type macvlan`)
  // the pod is where the command is started, and the parent is inside of the node
  const [, made] =
    /(ip link add link up0 .*)/.exec(run(pod, 'plan', '--netns', stage.node, '--parent', 'up0', '--cluster-interface', 'vp0')) ?? []
  t.match(made, /^ip link add link up0 name macvlan0 type macvlan/)
  run(pod, 'run', '--netns', stage.node, '--parent', 'up0', '--cluster-interface', 'vp0', '--mode', 'init')
  t.match(stage.ip(stage.node, '-d', '-o', 'link', 'show', 'macvlan0'), /macvlan0@up0.* macvlan mode private/)
})
