import { quote, type Refusal, refuse } from './refusal.ts'

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60 }
const day = 86400

/** Seconds from `60`, `2.5`, `500ms`, `60s` or `2m`. */
export function readDuration(text: string): number | Refusal {
  const parts = /^(\d+(?:\.\d+)?|\.\d+)(ms|s|m)?$/.exec(text)
  if (!parts) return refuse(`${quote(text)} is not a duration`, 'write seconds, or 500ms, 60s, 2m')
  const seconds = parts[2] === 'ms' ? Number(parts[1]) / 1000 : Number(parts[1]) * (secondsOf[parts[2] ?? 's'] as number)
  return seconds <= day ? seconds : refuse(`${quote(text)} is longer than a day`)
}
