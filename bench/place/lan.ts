// A LAN with a gateway, a node with a parent link on it, and pods to which the node gives a macvlan link.
import { GATEWAY, TARGETS } from '../lists.ts'
import { makeNamespace, makePod, type Namespace } from './namespace.ts'

export interface Lan {
  readonly node: Namespace
  readonly gateway: Namespace
  /** A pod with `macvlan0` as a node agent leaves it: down and without address; the other end of its `eth0` in `client`. */
  pod(client?: Namespace): Namespace
  remove(): void
}

export function openLan(): Lan {
  const gateway = makeNamespace('gateway')
  const node = makeNamespace('node')
  node.ip(`link add up0 type veth peer name lan netns ${gateway.name}\nlink set up0 up\n`)
  gateway.ip(`link set lan up\naddr add ${GATEWAY}/24 dev lan\n`)
  // every server of the lists
  gateway.ip(`route add local ${TARGETS} dev lo\n`)
  const pods: Namespace[] = []
  return {
    node,
    gateway,
    pod(client) {
      const pod = makePod('pod', client)
      pods.push(pod)
      node.ip(`link add link up0 name macvlan0 netns ${pod.name} type macvlan mode private\n`)
      return pod
    },
    remove() {
      for (const namespace of [...pods, node, gateway]) namespace.remove()
    }
  }
}
