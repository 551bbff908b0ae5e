// What a container engine changes in the namespace of its host when it makes a network: links, forwarding, tables of nftables.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const output = (command: string, ...args: string[]) => spawnSync(command, args, { encoding: 'utf8' }).stdout

export const rootNamespace = () =>
  [
    // names only: whether a link has carrier is not ours to say
    ...(JSON.parse(output('ip', '-j', 'link')) as { ifname: string }[]).map(({ ifname }) => ifname),
    output('nft', 'list', 'tables'),
    readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8')
  ].join('\n')
