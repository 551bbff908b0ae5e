import { quote, type Refusal, refuse } from './refusal.ts'

/** IFNAMSIZ without the closing zero byte. */
const longest = 15

/** The name of a link as the kernel takes it, or the reason why it would not. */
export function readLinkName(text: string): string | Refusal {
  const reason = whyNoLinkName(text)
  return reason === undefined ? text : refuse(`${quote(text)} is not the name of a link: ${reason}`)
}

function whyNoLinkName(text: string): string | undefined {
  if (text === '') return 'it is empty'
  if (text === '.' || text === '..') return 'it is a folder of /proc/sys'
  // /proc/sys/net/ipv4/conf/all and …/default stand for every link: a link of that name could not be set by itself
  if (text === 'all' || text === 'default') return 'under /proc/sys it stands for every link'
  const bytes = Buffer.byteLength(text)
  if (bytes > longest) return `it has ${bytes} bytes, and a link's name at most ${longest}`
  // what follows is compiled from tables of all of Unicode
  if (/^[\w.@-]+$/.test(text)) return undefined
  // the kernel refuses the first four; % makes it count, * is a wildcard in nftables, quotes end a string there
  const odd = /[\s\p{Cc}/:%*"'`\\]/u.exec(text)
  return odd ? `${quote(odd[0])} cannot stand in it` : undefined
}
