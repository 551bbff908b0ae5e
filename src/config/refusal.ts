/** Why a text is not a value; a parser gives it back in place of the value, so that every problem can be told at once. */
export class Refusal {
  readonly reason: string
  readonly hint: string | undefined

  constructor(reason: string, hint?: string) {
    this.reason = reason
    this.hint = hint
  }
}

/** The words of a parser that refuses. */
export const refuse = (reason: string, hint?: string): Refusal => new Refusal(reason, hint)

/** The same refusal with words in front, such as those that people search for. */
export const prefixed = (prefix: string, refusal: Refusal): Refusal => new Refusal(`${prefix}${refusal.reason}`, refusal.hint)

const longest = 200

/** A text of the user in quotes, on one line: an odd blank or a control character would hide, turn
 * what follows around, or break the line of the message. */
export function quote(text: string): string {
  const shown = text.length > longest ? `${text.slice(0, longest)}…` : text
  return `'${shown.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, visible)}'`
}

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

const visible = (character: string) => named[character] ?? `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
