// What the peers are made of: Debian packages, and programs that are built from bench/peers.
export type Need =
  | 'run'
  | 'floor'
  | 'libnftables'
  | 'load'
  | 'link-libmnl'
  | 'go-nftables'
  | 'go-link'
  | 'pyroute2'
  | 'iptables'
  | 'iproute2'
  | 'arping'

interface Recipe {
  /** Debian packages. */
  readonly packages: readonly string[]
  /** Source below bench/peers: a C file, or the folder of a Go program. */
  readonly source?: string
  readonly link?: readonly string[]
}

const go = ['golang-go']
export const recipes: Readonly<Record<Need, Recipe>> = {
  run: { packages: ['gcc', 'libc6-dev'], source: 'run.c' },
  floor: { packages: ['gcc', 'libc6-dev', 'linux-libc-dev'], source: 'floor.c' },
  libnftables: { packages: ['gcc', 'libc6-dev', 'libnftables-dev'], source: 'libnftables.c', link: ['-rdynamic', '-lnftables'] },
  load: { packages: ['gcc', 'libc6-dev'], source: 'load.c' },
  'link-libmnl': { packages: ['gcc', 'libc6-dev', 'libmnl-dev'], source: 'link-libmnl.c', link: ['-lmnl'] },
  'go-nftables': { packages: [...go, 'golang-github-google-nftables-dev'], source: 'go/nftables' },
  'go-link': {
    packages: [...go, 'golang-github-google-nftables-dev', 'golang-github-vishvananda-netlink-dev'],
    source: 'go/link'
  },
  pyroute2: { packages: ['python3', 'python3-pyroute2'] },
  iptables: { packages: ['iptables'] },
  iproute2: { packages: ['iproute2'] },
  arping: { packages: ['iputils-arping'] }
}
