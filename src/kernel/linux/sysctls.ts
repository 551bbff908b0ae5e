import type { Sysctl } from '../../state/sysctl.ts'
import type { Namespace } from '../../sys/namespace.ts'
import { readSysctl, writeSysctl } from '../../sys/sysctl.ts'

/**
 * Sets a sysctl. Writing addr_gen_mode makes the kernel generate a link-local address at once, even on a link that is down: where that
 * was not there before, IPv6 is off on the link while it is written.
 */
export function setSysctl(namespace: Namespace, { key, value }: Sysctl, isDown: (link: string) => boolean): void {
  const [, conf, link] = /^(net\/ipv6\/conf\/(.+))\/addr_gen_mode$/.exec(key) ?? []
  const disable = `${conf}/disable_ipv6`
  if (link === undefined || value === '1' || !isDown(link) || readSysctl(namespace, disable) !== '0')
    return writeSysctl(namespace, key, value)
  writeSysctl(namespace, disable, '1')
  try {
    writeSysctl(namespace, key, value)
  } finally {
    writeSysctl(namespace, disable, '0')
  }
}
