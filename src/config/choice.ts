import { nearestHint } from './nearest.ts'
import { quote, type Refusal, refuse } from './refusal.ts'

/** One of a few words. */
export const choice =
  <const T extends string>(words: readonly T[]) =>
  (text: string): T | Refusal =>
    words.find(word => word === text) ?? refuse(`${quote(text)} is none of ${words.join(', ')}`, nearestHint(text, words))
