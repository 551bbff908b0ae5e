// Namespaces for tests of the library face: a node with a parent link whose far end is up, and pods to make links in.
import { execFileSync, spawnSync } from 'node:child_process'

export interface Stage {
  readonly node: string
  readonly pods: readonly string[]
  ip(namespace: string, ...argv: string[]): string
}

let count = 0

export function openStage(t: { teardown(ending: () => unknown): unknown }, pods = 1): Stage {
  const name = (what: string) => `el${process.pid}n${count}-${what}`
  count++
  const node = name('node')
  const lan = name('lan')
  const names = Array.from({ length: pods }, (_, n) => name(`pod${n}`))
  const all = [node, lan, ...names]
  const remove = () => {
    for (const namespace of all) spawnSync('ip', ['netns', 'delete', namespace])
  }
  process.once('exit', remove)
  t.teardown(() => {
    process.removeListener('exit', remove)
    remove()
  })
  const ip = (namespace: string, ...argv: string[]) => execFileSync('ip', ['-n', namespace, ...argv], { encoding: 'utf8' })
  for (const namespace of all) execFileSync('ip', ['netns', 'add', namespace])
  ip(node, 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'lan', 'netns', lan)
  ip(node, 'link', 'set', 'up0', 'up')
  ip(lan, 'link', 'set', 'lan', 'up')
  ip(lan, 'addr', 'add', '192.168.12.1/24', 'dev', 'lan')
  for (const [n, pod] of names.entries()) {
    ip(pod, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', `vp${n}`, 'netns', node)
    ip(pod, 'link', 'set', 'eth0', 'up')
    ip(node, 'link', 'set', `vp${n}`, 'up')
  }
  return { node, pods: names, ip }
}
