import { ConfigError, EgressRouterError, formatError } from '../errors.ts'

/** Error codes of the CNI specification, and ours from 100 on. */
export const codes = {
  incompatibleVersion: 1,
  unsupportedField: 2,
  unknownContainer: 3,
  invalidEnvironment: 4,
  ioFailure: 5,
  undecodable: 6,
  invalidConfig: 7,
  tryAgainLater: 11,
  notAvailable: 50,
  limitedConnectivity: 51,
  /** The kernel refused. */
  kernel: 100,
  /** CHECK found something that is not as it should be. */
  differs: 101,
  /** Another host on the LAN, or another pod of the node, holds a reserved address. */
  conflict: 102,
  /** The parent or the link cannot be used. */
  link: 103,
  /** A capability or a feature of the kernel is missing on the node. */
  unsupported: 104,
  /** The pod may not have what it asks for. */
  refused: 105
} as const

/** An error as a container runtime is told of it. */
export class CniError extends Error {
  readonly code: number
  readonly details: string | undefined

  constructor(code: number, message: string, details?: string) {
    super(message)
    this.name = 'CniError'
    this.code = code
    this.details = details
  }
}

/** The code for an error of the agent. */
export function asCniError(error: unknown): CniError {
  if (error instanceof CniError) return error
  if (error instanceof ConfigError) return new CniError(codes.invalidConfig, error.message)
  if (error instanceof Error && error.name === 'AbortError')
    return new CniError(codes.tryAgainLater, `given up before it was done: ${error.message}`)
  if (!(error instanceof EgressRouterError)) return new CniError(codes.kernel, formatError(error))
  return new CniError(codeOf(error), error.message, error.hint)
}

function codeOf({ code }: EgressRouterError): number {
  switch (code) {
    case 'EUSAGE':
    case 'ECONFIG':
      return codes.invalidConfig
    case 'ECONFLICT':
      return codes.conflict
    case 'ELINK':
      return codes.link
    case 'ECAPABILITY':
    case 'EUNSUPPORTED':
      return codes.unsupported
    case 'EREFUSED':
      return codes.refused
    case 'EAGAIN':
      return codes.tryAgainLater
    default:
      return codes.kernel
  }
}
