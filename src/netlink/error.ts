import { EgressRouterError } from '../errors.ts'

/** Bytes that are not what the protocol says they are. */
export class CodecError extends EgressRouterError {
  constructor(message: string) {
    super('ECODEC', message)
  }
}
