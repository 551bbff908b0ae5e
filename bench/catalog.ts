// Who takes part in which question, and what has to be there for it.
import type { Question } from './measure/row.ts'
import type { Need } from './obtain/needs.ts'

export interface Peer {
  readonly name: string
  readonly about: string
  readonly needs: Readonly<Partial<Record<Question, readonly Need[]>>>
  /** More redirects than these would take too long. */
  readonly most?: number
}

export const peers: readonly Peer[] = [
  {
    name: 'ours',
    about: 'this project, as it is',
    needs: { install: [], change: ['libnftables'], link: ['run', 'iproute2'], start: ['run', 'libnftables'], path: ['load'], codec: [] }
  },
  { name: 'ours-agent', about: 'this project, by the agent: from its socket to its answer', needs: { link: ['run', 'iproute2'] } },
  { name: 'ours-json', about: 'this project, elements by libnftables JSON too', needs: { install: [], change: ['libnftables'] } },
  { name: 'ours-exit', about: 'mode init: exec to exit, the first announcements sent', needs: { start: ['run', 'libnftables'] } },
  { name: 'ours-legacy', about: 'mode legacy: exec to ready, then it watches', needs: { start: ['run'] } },
  { name: 'ours-pause', about: 'EGRESS_AFTER=pause: exec to ready, then nothing but a pause', needs: { start: ['run'] } },
  {
    name: 'floor',
    about: 'a prepared nfnetlink batch for the same maps, sent from C',
    needs: { install: ['floor', 'libnftables'], change: ['floor', 'libnftables'] }
  },
  { name: 'floor-table', about: 'a prepared batch for the whole table, sent from C', needs: { install: ['floor', 'libnftables'] } },
  {
    name: 'libnftables',
    about: 'libnftables in C, the JSON of the whole table',
    needs: { install: ['libnftables'], change: ['libnftables'] }
  },
  { name: 'nft', about: 'nft -f, a process', needs: { install: ['run'], change: ['run', 'libnftables'] } },
  { name: 'nft-json', about: 'nft -j -f, a process', needs: { install: ['run'] } },
  { name: 'iptables-restore', about: 'iptables-nft-restore, a process, a rule for each', needs: { install: ['run', 'iptables'] } },
  { name: 'iptables-restore-legacy', about: 'iptables-legacy-restore, a process', needs: { install: ['run', 'iptables'] } },
  { name: 'iptables', about: 'iptables, a rule for each', needs: { install: ['run', 'iptables'], path: ['load', 'iptables'] }, most: 100 },
  {
    name: 'go',
    about: 'Go: google/nftables, vishvananda/netlink',
    needs: { install: ['go-nftables'], change: ['go-nftables', 'libnftables'], link: ['go-link', 'run'], start: ['go-link', 'run'] }
  },
  { name: 'libmnl', about: 'C with libmnl', needs: { link: ['link-libmnl', 'run'] } },
  { name: 'pyroute2', about: 'Python', needs: { install: ['pyroute2'], link: ['pyroute2', 'run'] } },
  { name: 'ip-batch', about: 'ip -batch, two processes', needs: { link: ['run', 'iproute2'] } },
  { name: 'ip', about: 'a process of ip for each object', needs: { link: ['run', 'iproute2'] } },
  { name: 'classic', about: "the classic script's programs, without its arping", needs: { start: ['run', 'iptables'] } },
  { name: 'classic-arping', about: "the classic script's programs", needs: { start: ['run', 'iptables', 'arping'] } },
  { name: 'ip-nft', about: 'ip -batch and nft -f', needs: { start: ['run'] } },
  { name: 'node', about: 'node -e 0', needs: { start: ['run'] } },
  { name: 'rules', about: 'nftables, a rule for each', needs: { path: ['load'] } }
]

export const peersOf = (question: Question): readonly Peer[] => peers.filter(peer => question in peer.needs)
