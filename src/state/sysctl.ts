import type { ResourceType } from './resource.ts'

/** A network sysctl; the key in slash form, since a link's name may hold dots. */
export interface Sysctl {
  readonly key: string
  readonly value: string
}

/** `net/ipv4/conf/macvlan0/rp_filter` as sysctl(8) is given it. */
export const sysctl: ResourceType<Sysctl> = {
  kind: 'sysctl',
  key: resource => resource.key,
  equal: (desired, observed) => desired.value === observed.value,
  // a sysctl carries no mark; what it was before us stands in our ruleset
  owned: () => false,
  // dots are what people read; with a dot in the link's name only the slash form is clear
  command: (_verb, { key, value }) => `sysctl -w ${key.includes('.') ? key : key.replaceAll('/', '.')}=${value}`
}
