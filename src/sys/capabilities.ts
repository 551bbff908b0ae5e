import { readFileSync } from 'node:fs'

/** Bits of <linux/capability.h>. */
const bits = { CAP_NET_ADMIN: 12n, CAP_NET_RAW: 13n, CAP_SYS_ADMIN: 21n } as const
export type Capability = keyof typeof bits

/** Whether the process has a capability in its effective set (capabilities(7), /proc/self/status). */
export function hasCapability(capability: Capability): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  // without a readable status the kernel itself will say no
  return effective === undefined || ((BigInt(`0x${effective}`) >> bits[capability]) & 1n) === 1n
}
