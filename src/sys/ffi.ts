import koffi from 'koffi'
import { EgressRouterError } from '../errors.ts'

/** The error number that the last foreign call left behind. Read it before any other foreign call. */
export const lastErrno = (): number => koffi.errno()

/** C structures that a prototype names, by their fields in order. */
export type Structs = Readonly<Record<string, Record<string, string>>>

/**
 * Loads a shared library by its soname and declares functions on it, each when it is first called: a start that does not need
 * a function does not pay for its declaration.
 */
export function openLibrary(soname: string, hint: string): { declare<F>(prototype: string, structs?: Structs): F } {
  let library: ReturnType<typeof koffi.load> | undefined
  const load = () => {
    try {
      library ??= koffi.load(soname)
      return library
    } catch (cause) {
      // koffi throws a plain Error without a code when dlopen(3) fails
      throw new EgressRouterError('EUNSUPPORTED', `the shared library ${soname} cannot be loaded: ${(cause as Error).message}`, {
        hint,
        cause
      })
    }
  }
  return {
    declare<F>(prototype: string, structs: Structs = {}): F {
      let declared: ((...values: unknown[]) => unknown) | undefined
      return ((...values: unknown[]) => {
        if (!declared) for (const [name, fields] of Object.entries(structs)) koffi.struct(name, fields)
        declared ??= load().func(prototype) as unknown as (...values: unknown[]) => unknown
        return declared(...values)
      }) as F
    }
  }
}
