// An nftables client in a namespace that ends with the test, and nft(8) beside it.
import { execFileSync, spawnSync } from 'node:child_process'
import { NftablesClient } from '../../src/nftables/client.ts'
import { inNamespace, type Namespace } from '../../src/sys/namespace.ts'
import { openScratch } from '../netlink/scratch.ts'

export interface NftablesScratch {
  readonly client: NftablesClient
  readonly namespace: Namespace
  /** Runs text through `nft -f -`; must succeed. */
  nft(text: string): void
  /** What `nft list ruleset` says. */
  listing(): string
  /** What `nft -j list ruleset` says, without handles; rules in their order, the rest, whose order says nothing, sorted. */
  objects(): unknown[]
}

export function openNftables(t: Parameters<typeof openScratch>[0]): NftablesScratch {
  const { name, namespace } = openScratch(t)
  const client = inNamespace(namespace, () => new NftablesClient())
  t.teardown(() => client[Symbol.dispose]())
  const argv = ['netns', 'exec', name, 'nft']
  return {
    client,
    namespace,
    nft(text) {
      const { status, stderr } = spawnSync('ip', [...argv, '-f', '-'], { input: text, encoding: 'utf8' })
      if (status !== 0) throw new Error(`nft: ${stderr}\n${text}`)
    },
    listing: () => execFileSync('ip', [...argv, 'list', 'ruleset'], { encoding: 'utf8' }),
    objects() {
      const text = execFileSync('ip', [...argv, '-j', 'list', 'ruleset'], { encoding: 'utf8' })
      const listed = JSON.parse(text, (key, value) => (key === 'handle' ? undefined : value)) as { nftables: object[] }
      const isRule = (object: object) => 'rule' in object
      const others = listed.nftables.filter(object => !isRule(object) && !('metainfo' in object))
      const sorted = others.map(object => JSON.stringify(object)).sort()
      return [...sorted.map(text => JSON.parse(text)), ...listed.nftables.filter(isRule)]
    }
  }
}
