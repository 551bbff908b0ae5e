import { quote, type Refusal, refuse } from './refusal.ts'

const u32 = 0xffffffff

/** A decimal whole number within a range, without sign and leading zero. */
export const wholeNumber =
  (lowest: number, highest: number) =>
  (text: string): number | Refusal => {
    if (!/^(0|[1-9]\d*)$/.test(text)) return refuse(`${quote(text)} is not a whole number`)
    const value = Number(text)
    return value >= lowest && value <= highest ? value : refuse(`${quote(text)} is not in the range ${lowest} to ${highest}`)
  }

/** A routing table of our own: the tables that the kernel keeps for itself are refused. */
export function readTable(text: string): number | Refusal {
  const kept: Readonly<Record<number, string>> = { 253: 'default', 254: 'main', 255: 'local' }
  const table = wholeNumber(1, u32)(text)
  if (typeof table !== 'number' || kept[table] === undefined) return table
  return refuse(`${table} is the kernel's table ${kept[table]}`, 'choose a table that nothing else uses')
}

/** A packet mark with the bits that belong to us. */
export interface MaskedMark {
  readonly mark: number
  readonly mask: number
}

/** `MARK[/MASK]`, hexadecimal or decimal; without a mask exactly the bits of the mark are ours. */
export function readMark(text: string): MaskedMark | Refusal {
  const [markText = '', maskText = markText, more] = text.split('/')
  const mark = bits(markText)
  const mask = bits(maskText)
  if (mark === undefined || mask === undefined || more !== undefined) return refuse(`${quote(text)} is not MARK or MARK/MASK of 32 bits`)
  if (mark === 0) return refuse(`${quote(text)}: a mark of zero is what every packet has`)
  if ((mark & ~mask) !== 0) return refuse(`${quote(text)}: the mark has bits outside its mask`)
  return { mark, mask }
}

function bits(text: string): number | undefined {
  if (!/^(0x[\da-f]+|0|[1-9]\d*)$/i.test(text)) return undefined
  const value = Number(text)
  return value <= u32 ? value : undefined
}
