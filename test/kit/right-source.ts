// Which frames of the macvlan are in order: everything that leaves it carries the reserved address.
import { ipv4, ipv6 } from './documentation.ts'
import { describe, type Frame } from './frame.ts'

/** Neighbour discovery and listener reports may come from the link-local address, and from none at all before there is one. */
const discovery = new Set([133, 135, 136, 143])

export function rightSource(f: Frame): boolean {
  switch (f.kind) {
    case 'arp':
      return f.source === ipv4.source || f.source === '0.0.0.0'
    case 'ipv4':
      return f.source === ipv4.source
    case 'ipv6':
      if (f.source === ipv6.source) return true
      return f.protocol === 58 && discovery.has(f.icmp ?? 0) && (f.source === '::' || f.source.startsWith('fe80:'))
    default:
      return false
  }
}

/** The offenders among what the macvlan with address `mac` has sent, each kind once and with the count. */
export function wrongSources(frames: readonly Frame[], mac: string): string[] {
  const wrong = Object.groupBy(
    frames.filter(f => f.from === mac && !rightSource(f)),
    describe
  )
  return Object.entries(wrong).map(([what, list]) => `${list?.length} × ${what}`)
}
