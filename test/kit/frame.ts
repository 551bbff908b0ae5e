// Reads what tcpdump writes (pcap with Ethernet frames) into the few facts that tests ask for.
import { SocketAddress } from 'node:net'

export interface Frame {
  /** Ethernet source and destination. */
  readonly from: string
  readonly to: string
  readonly kind: 'arp' | 'ipv4' | 'ipv6' | 'other'
  /** Sender and target addresses: of ARP its protocol addresses, of IP its source and destination. */
  readonly source: string
  readonly destination: string
  /** ARP operation: 1 request, 2 reply. */
  readonly operation?: number
  /** IP protocol number; type of an ICMP or ICMPv6 message. */
  readonly protocol?: number
  readonly icmp?: number
  readonly bytes: Buffer
}

const mac = (bytes: Buffer) => [...bytes].map(b => b.toString(16).padStart(2, '0')).join(':')
const four = (bytes: Buffer) => [...bytes].join('.')
const six = (bytes: Buffer) => {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16)).join(':')
  return new SocketAddress({ address: groups, family: 'ipv6' }).address // the canonical spelling
}

export function frame(bytes: Buffer): Frame {
  const at = (start: number, length: number) => bytes.subarray(start, start + length)
  const head = { to: mac(at(0, 6)), from: mac(at(6, 6)), bytes }
  switch (bytes.readUInt16BE(12)) {
    case 0x0806:
      return { ...head, kind: 'arp', operation: bytes.readUInt16BE(20), source: four(at(28, 4)), destination: four(at(38, 4)) }
    case 0x0800: {
      const protocol = bytes[23] as number
      const l4 = 14 + ((bytes[14] as number) & 15) * 4
      const icmp = protocol === 1 && bytes.length > l4 ? { icmp: bytes[l4] as number } : {}
      return { ...head, kind: 'ipv4', protocol, source: four(at(26, 4)), destination: four(at(30, 4)), ...icmp }
    }
    case 0x86dd: {
      let protocol = bytes[20] as number
      let l4 = 54
      // MLD reports carry a hop-by-hop header before the ICMPv6 one
      if (protocol === 0) {
        protocol = bytes[l4] as number
        l4 += 8 + (bytes[l4 + 1] as number) * 8
      }
      const icmp = protocol === 58 ? { icmp: bytes[l4] as number } : {}
      return { ...head, kind: 'ipv6', protocol, source: six(at(22, 16)), destination: six(at(38, 16)), ...icmp }
    }
    default:
      return { ...head, kind: 'other', source: '', destination: '' }
  }
}

/** One line for a failure's message. */
export function describe(f: Frame): string {
  const detail = f.kind === 'arp' ? `operation ${f.operation}` : `protocol ${f.protocol ?? '-'} icmp ${f.icmp ?? '-'}`
  return `${f.from} > ${f.to} ${f.kind} ${f.source} > ${f.destination} ${detail} (${f.bytes.length} bytes)`
}

/** Takes whole records off the front of a pcap stream. */
export class PcapReader {
  #rest = Buffer.alloc(0)
  #headed = false

  read(chunk: Buffer): Frame[] {
    this.#rest = Buffer.concat([this.#rest, chunk])
    const frames: Frame[] = []
    if (!this.#headed) {
      if (this.#rest.length < 24) return frames
      this.#headed = true
      this.#rest = this.#rest.subarray(24)
    }
    while (this.#rest.length >= 16) {
      const length = this.#rest.readUInt32LE(8)
      if (this.#rest.length < 16 + length) break
      frames.push(frame(this.#rest.subarray(16, 16 + length)))
      this.#rest = this.#rest.subarray(16 + length)
    }
    return frames
  }
}
