/**
 * Error numbers that are told apart, as asm-generic/errno-base.h and errno.h have them: the same on every machine that this program is
 * built for. Written out, as node:os is loaded for nothing else.
 */
const numbers = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  ENXIO: 6,
  EBADF: 9,
  EAGAIN: 11,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ENOBUFS: 105,
  EHOSTUNREACH: 113
} as const

export type ErrorName = keyof typeof numbers

/** `errno.ENOENT` is 2. */
export const errno: Readonly<Record<ErrorName, number>> = numbers

const names = new Map<number, string>()

/** Name of an error number: `errnoName(3)` is `ESRCH`; a number without a name stays a number. */
export function errnoName(number: number): string {
  if (names.size === 0) {
    for (const [name, value] of Object.entries(process.getBuiltinModule('node:os').constants.errno)) {
      if (!names.has(value)) names.set(value, name)
    }
    // two names share a number; these are the ones that rtnetlink's documentation uses
    for (const [name, value] of Object.entries(errno)) names.set(value, name)
  }
  return names.get(number) ?? `errno ${number}`
}
