import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'

/** What the figures depend on. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memory_mb: number
  readonly kernel: string
  /** Load of the last minute when the bench began: the bench itself should be the only one. */
  readonly load: number
  readonly versions: Readonly<Record<string, string>>
}

export function describeMachine(): Machine {
  const version = (argv: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(argv[0] as string, argv.slice(1), { encoding: 'utf8' })
    return status === 0 ? (/\d+\.\d+[\w.-]*/.exec(stdout || stderr)?.[0] ?? '') : 'none'
  }
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholder
  const debian = (name: string) => version(['dpkg-query', '-W', '-f', '${Version}', name])
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memory_mb: Math.round(totalmem() / 2 ** 20),
    kernel: release(),
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    versions: {
      'egress-router': (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version,
      node: process.versions.node,
      nftables: version(['nft', '--version']),
      libnftables: debian('libnftables1'),
      iptables: version(['iptables', '--version']),
      iproute2: version(['ip', '-V']),
      gcc: version(['gcc', '-dumpfullversion']),
      go: version(['go', 'version']),
      'google/nftables': debian('golang-github-google-nftables-dev'),
      'vishvananda/netlink': debian('golang-github-vishvananda-netlink-dev'),
      pyroute2: debian('python3-pyroute2')
    }
  }
}
