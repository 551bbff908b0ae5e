/** Address families by the names the configuration uses. */
export type Family = 'ipv4' | 'ipv6'

export const families: readonly Family[] = ['ipv4', 'ipv6']

/** Length of an address of the family, in bits: 32 or 128. */
export const bitsOf = (family: Family): number => (family === 'ipv4' ? 32 : 128)
