import { readdirSync, readFileSync } from 'node:fs'

/** Bytes in hexadecimal that were captured from other programs; lines with # tell where they come from. */
export interface Golden {
  readonly names: readonly string[]
  read(name: string): Uint8Array
}

export function openGolden(kind: 'netlink' | 'nftables'): Golden {
  const folder = new URL(`../fixtures/${kind}/`, import.meta.url)
  return {
    names: readdirSync(folder)
      .filter(name => name.endsWith('.hex'))
      .map(name => name.slice(0, -'.hex'.length)),
    read(name) {
      const lines = readFileSync(new URL(`${name}.hex`, folder), 'utf8').split('\n')
      const hex = lines.filter(line => !line.startsWith('#')).join('')
      return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
    }
  }
}
