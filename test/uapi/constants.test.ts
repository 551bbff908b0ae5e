// Every constant of ours has the value that the kernel's headers give its name.
import t, { type Test } from 'tap'
import { askOracle } from './oracle.ts'
import { constants, numberings, privateConstants } from './subjects.ts'

const oracle = askOracle(t.testdir())

/** Names of our own, by file, and what of the kernel's they stand for: the size of a structure, or another name. */
const sizes: Readonly<Record<string, string>> = {
  'netlink/header.ts HEADER_SIZE': 'nlmsghdr',
  'netlink/attribute.ts HEADER': 'nlattr',
  'netlink/sockaddr.ts SOCKADDR_SIZE': 'sockaddr_nl',
  'nftables/events.ts NFGENMSG_SIZE': 'nfgenmsg'
}
const aliases: Readonly<Record<string, string>> = {
  'nftables/events.ts TABLE_NAME': 'NFTA_TABLE_NAME',
  'arp/ethernet.ts ETHERNET_HEADER': 'ETH_HLEN'
}

/** How the words of a numbering are spelled by the kernel: a prefix, and the words that differ. */
const spellings: Readonly<Record<string, { prefix: string; words?: Readonly<Record<string, string>> }>> = {
  macvlanModes: { prefix: 'MACVLAN_MODE_' },
  operationalStates: { prefix: 'IF_OPER_' },
  neighborStates: { prefix: 'NUD_' },
  routeTypes: { prefix: 'RTN_' },
  routeScopes: { prefix: 'RT_SCOPE_', words: { global: 'UNIVERSE' } }
}

function hold(t: Test, name: string, value: number): void {
  const known = oracle.constants[name]
  if (known === undefined) t.fail(`native/uapi does not know ${name}: add a line to a .def file there`)
  else if (known === null) t.pass(`${name} is younger than the headers of Linux ${oracle.kernel}`, { skip: true })
  else t.equal(value, known, name)
}

/** Whether `key` of `file` is a name of our own; if so, it is held against what it stands for. */
function holdOwn(t: Test, file: string, key: string, value: number): boolean {
  const struct = sizes[`${file} ${key}`]
  const alias = aliases[`${file} ${key}`]
  if (struct !== undefined) t.equal(value, oracle.structs[struct]?.size, `${file} ${key}: size of struct ${struct}`)
  if (alias !== undefined) hold(t, alias, value)
  return struct !== undefined || alias !== undefined
}

t.test('exported constants', async t => {
  t.ok(constants.length > 50, 'they are found')
  for (const { file, key, value } of constants) if (!holdOwn(t, file, key, value)) hold(t, key, value)
})

t.test('constants that a file keeps to itself', async t => {
  // a number without a namesake in the kernel is a choice of ours; one with a prefix that nobody else uses is not
  const kernelPrefix = /^(AF|CLONE|CTA|IFA|IFF|IFLA|MSG|NETLINK|NFNL|NFT|NFTA|NLA|NLM|NLMSG|RTM|RTNLGRP|SO|SOCK|SOL)_/
  for (const { file, key, value } of privateConstants) {
    if (!holdOwn(t, file, key, value) && (kernelPrefix.test(key) || key in oracle.constants)) hold(t, key, value)
  }
})

t.test('words for kernel numbers', async t => {
  for (const { file, key, value } of numberings) {
    const spelling = spellings[key]
    if (!spelling) {
      t.fail(`${file} ${key}: say in this test how the kernel spells its words`)
      continue
    }
    const words = Array.isArray(value) ? value.map((word, number) => [word, number] as const) : Object.entries(value)
    for (const [word, number] of words) hold(t, spelling.prefix + (spelling.words?.[word] ?? word).toUpperCase(), number as number)
  }
})
