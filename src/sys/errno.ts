import { constants } from 'node:os'

/** Error numbers by name (errno(3)): `errno.ENOENT` is 2. */
export const errno: Readonly<Record<string, number>> = constants.errno

const names = new Map<number, string>()
for (const [name, number] of Object.entries(constants.errno)) if (!names.has(number)) names.set(number, name)
// two names share a number; these are the ones that rtnetlink's documentation uses
names.set(constants.errno.EOPNOTSUPP, 'EOPNOTSUPP')
names.set(constants.errno.EAGAIN, 'EAGAIN')

/** Name of an error number: `errnoName(3)` is `ESRCH`; a number without a name stays a number. */
export const errnoName = (number: number): string => names.get(number) ?? `errno ${number}`
