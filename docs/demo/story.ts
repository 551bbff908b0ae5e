// Tells what happens, for a person to read, and keeps the score: a fact that is not as announced makes the demo fail.

// a reader who has seen enough, as `head` has, is no mistake of the router; what is left of the story goes nowhere
process.stdout.on('error', () => {})

const colour = process.stdout.isTTY === true
const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text)

let wrong = 0

export function heading(text: string): void {
  console.log(`\n${paint(1, text)}\n${'─'.repeat(text.length)}`)
}

export function tell(text: string): void {
  console.log(text)
}

/** Something that somebody typed or printed, set off from the story; what is too long goes on in the next line. */
export function quote(text: string): void {
  for (const line of text.trimEnd().split('\n')) {
    const [first, ...rest] = line.match(/.{1,132}(?= |$)/g) ?? ['']
    for (const part of [first, ...rest.map(part => `  ${part}`)]) console.log(`    ${part}`)
  }
}

/** A fact and whether it is as it should be; `found` is what there was instead. */
export function fact(text: string, holds: boolean, found?: unknown): void {
  if (!holds) wrong++
  const but = holds ? '' : ` (but: ${typeof found === 'string' ? found : JSON.stringify(found)})`
  console.log(`  ${holds ? paint(32, '✔') : paint(31, '✘')} ${text}${but}`)
}

/** Exit code of the demo, with a last line. */
export function verdict(): number {
  console.log(wrong === 0 ? '\nEverything was as announced.' : `\n${wrong} ${wrong === 1 ? 'thing was' : 'things were'} not as announced.`)
  return wrong === 0 ? 0 : 1
}
