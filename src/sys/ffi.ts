import koffi, { type KoffiFunc } from 'koffi'
import { EgressRouterError } from '../errors.ts'

/** The error number that the last foreign call left behind. Read it before any other foreign call. */
export const lastErrno = (): number => koffi.errno()

/** C structures that a prototype names, by their fields in order. */
export type Structs = Readonly<Record<string, Record<string, string>>>

type Call = (...values: never[]) => unknown

export interface Library {
  declare<F>(prototype: string, structs?: Structs): F
  /** A function that can also be called in a thread of libuv's pool. */
  declareWithThread<F extends Call>(prototype: string): F & { inThread(...values: Parameters<F>): Promise<ReturnType<F>> }
}

/**
 * Loads a shared library by its soname and declares functions on it, each when it is first called: a start that does not need
 * a function does not pay for its declaration.
 */
export function openLibrary(soname: string, hint: string): Library {
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
    },
    declareWithThread(prototype) {
      let declared: KoffiFunc<(...values: unknown[]) => unknown> | undefined
      const get = () => {
        declared ??= load().func(prototype) as unknown as KoffiFunc<(...values: unknown[]) => unknown>
        return declared
      }
      const inThread = (...values: unknown[]) =>
        new Promise((resolve, reject) => {
          get().async(...values, (error: unknown, result: unknown) => (error ? reject(error) : resolve(result)))
        })
      return Object.assign((...values: unknown[]) => get()(...values), { inThread }) as never
    }
  }
}
