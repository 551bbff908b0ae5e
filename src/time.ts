// What Node has for these brings modules with it that cost a start more than the set-up of a link.

/** Milliseconds by a clock that only goes forward. */
export const now = (): number => process.uptime() * 1000

/** setTimeout of node:timers/promises, loaded when somebody waits. */
export const wait: typeof import('node:timers/promises').setTimeout = (...given) =>
  process.getBuiltinModule('node:timers/promises').setTimeout(...given)

/** Lets everybody else have a turn of the event loop. */
export const othersTurn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

const DAY = 86_400_000
/** Of four hundred years, after which the calendar begins anew; they begin in March, so that a leap day is the last one of its year. */
const ERA = 146_097
/** From 1 March of the year 0 to 1 January 1970, in days. */
const EPOCH = 719_468

/**
 * A moment since 1970 as RFC 3339 writes it, in UTC: the text of Date's `toISOString`. The first Date of a process makes V8 look for the time
 * zone of the machine, which costs a start a quarter of a millisecond.
 */
export function timestamp(milliseconds: number = Date.now()): string {
  const days = Math.floor(milliseconds / DAY) + EPOCH
  const era = Math.floor(days / ERA)
  const dayOfEra = days % ERA
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  const year = era * 400 + yearOfEra + (month < 3 ? 1 : 0)
  const rest = milliseconds % DAY
  const two = (number: number) => String(Math.floor(number)).padStart(2, '0')
  const time = `${two(rest / 3_600_000)}:${two((rest / 60_000) % 60)}:${two((rest / 1000) % 60)}.${String(rest % 1000).padStart(3, '0')}`
  return `${year}-${two(month)}-${two(day)}T${time}Z`
}
