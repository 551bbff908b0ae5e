// What the kernel's own headers say, asked of a C program that is compiled against the headers of this machine.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Oracle {
  /** Version of the headers. */
  readonly kernel: string
  /** By kernel name; null for what these headers are too old to have. */
  readonly constants: Readonly<Record<string, number | null>>
  readonly structs: Readonly<Record<string, CStruct>>
}

export interface CStruct {
  readonly size: number
  readonly fields: Readonly<Record<string, { readonly offset: number; readonly width: number }>>
}

const native = fileURLToPath(new URL('../../native', import.meta.url))

/** Builds the program in `directory`, which several tests at once must not share, and runs it. */
export function askOracle(directory: string): Oracle {
  execFileSync('make', ['-s', '-C', native, 'uapi', `OUT=${directory}`])
  return JSON.parse(execFileSync(`${directory}/uapi`, { encoding: 'utf8' })) as Oracle
}
