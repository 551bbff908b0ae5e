import type { Family } from './family.ts'

/**
 * An IP address in its one canonical text: dotted decimal for IPv4, RFC 5952 for IPv6. Two addresses are the same address
 * exactly when their texts are equal, so plain strings serve as keys everywhere above the wire.
 */
export type Address = string

/** Family of a canonical address. */
export const familyOf = (address: Address): Family => (address.includes(':') ? 'ipv6' : 'ipv4')

/** Canonical text of `text`, or undefined when it is not an IPv4 or IPv6 address (no zone, no prefix, no leading zeros). */
export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return text
  if (isIPv6(text)) return formatAddress(ipv6Bytes(text))
  return undefined
}

// as node:net has them, whose loading would bring all of sockets and streams and cost more than a router's set-up
export const isIPv4 = (text: string) => /^((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(?!$)|$)){4}$/.test(text)
const isIPv6 = (text: string) => /^[\da-f:]+(:[\d.]+)?$/i.test(text) && URL.canParse(`http://[${text}]`)

/** The 4 or 16 bytes of a canonical address, in network order. */
export function addressBytes(address: Address): Uint8Array {
  if (address.includes(':')) return ipv6Bytes(address)
  const view = new DataView(new ArrayBuffer(4))
  writeAddress(address, view, 0, 4)
  return new Uint8Array(view.buffer)
}

/** Canonical text of 4 or 16 bytes in network order; a RangeError for any other length. */
export function formatAddress(bytes: Uint8Array): Address {
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.length !== 16) throw new RangeError(`an address has 4 or 16 bytes, not ${bytes.length}`)
  const words = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] as number) << 8) | (bytes[2 * i + 1] as number))
  if (isMapped(words)) return `::ffff:${bytes.subarray(12).join('.')}`
  const { start, length } = longestZeroRun(words)
  const text = (part: number[]) => part.map(word => word.toString(16)).join(':')
  return length < 2 ? text(words) : `${text(words.slice(0, start))}::${text(words.slice(start + length))}`
}

/** As `formatAddress`, of 4 or 16 bytes at `offset`. */
export function addressOf(view: DataView, offset: number, size: 4 | 16): Address {
  if (size === 16) return formatAddress(new Uint8Array(view.buffer, view.byteOffset + offset, size))
  return `${view.getUint8(offset)}.${view.getUint8(offset + 1)}.${view.getUint8(offset + 2)}.${view.getUint8(offset + 3)}`
}

const DOT = 46
const ZERO = 48

/** Writes a canonical address at `offset`, an IPv4 one without making anything on the way; false when it is none of that size. */
export function writeAddress(address: Address, view: DataView, offset: number, size: 4 | 16): boolean {
  if (size === 16) {
    if (!isIPv6(address) || address.includes('%')) return false
    const bytes = ipv6Bytes(address)
    for (let i = 0; i < size; i += 1) view.setUint8(offset + i, bytes[i] as number)
    return true
  }
  let parts = 0
  let part = -1
  for (let i = 0; i <= address.length; i++) {
    const code = i === address.length ? DOT : address.charCodeAt(i)
    if (code === DOT) {
      if (part < 0 || part > 255 || parts === size) return false
      view.setUint8(offset + parts++, part)
      part = -1
    } else if (code < ZERO || code > ZERO + 9) return false
    else part = (part < 0 ? 0 : part * 10) + code - ZERO
  }
  return parts === size
}

const isMapped = (words: number[]) => words.slice(0, 5).every(word => word === 0) && words[5] === 0xffff

function longestZeroRun(words: number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < words.length; start++) {
    let length = 0
    while (words[start + length] === 0) length++
    if (length > best.length) best = { start, length }
  }
  return best
}

function ipv6Bytes(text: string): Uint8Array {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  if (dotted) {
    const [a, b, c, d] = (dotted[2] as string).split('.').map(Number) as [number, number, number, number]
    return ipv6Bytes(`${dotted[1]}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`)
  }
  const [head = '', tail] = text.split('::')
  const words = (part: string | undefined) => (part ? part.split(':').map(word => Number.parseInt(word, 16)) : [])
  const left = words(head)
  const right = words(tail)
  const bytes = new Uint8Array(16)
  const put = (word: number, at: number) => {
    bytes[2 * at] = word >> 8
    bytes[2 * at + 1] = word & 0xff
  }
  left.forEach(put)
  right.forEach((word, i) => {
    put(word, 8 - right.length + i)
  })
  return bytes
}
