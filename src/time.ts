// What Node has for these brings modules with it that cost a start more than the set-up of a link.

/** Milliseconds by a clock that only goes forward. */
export const now = (): number => process.uptime() * 1000

/** setTimeout of node:timers/promises, loaded when somebody waits. */
export const wait: typeof import('node:timers/promises').setTimeout = (...given) =>
  process.getBuiltinModule('node:timers/promises').setTimeout(...given)

/** Lets everybody else have a turn of the event loop. */
export const othersTurn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
