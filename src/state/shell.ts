/** A text as one word of a shell, in quotes where it needs them. */
export const quote = (text: string): string => (/[{};<>|&()"!*?$#]/.test(text) ? `'${text}'` : text)
