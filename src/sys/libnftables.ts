import { EgressRouterError } from '../errors.ts'
import { openLibrary } from './ffi.ts'

/** An opaque `struct nft_ctx *`. */
export type NftContext = object

const library = openLibrary('libnftables.so.1', 'install libnftables1 (Debian, Ubuntu: apt-get install libnftables1)')

const c = {
  create: library.declare<(flags: number) => NftContext | null>('void *nft_ctx_new(uint32_t flags)'),
  free: library.declare<(context: NftContext) => void>('void nft_ctx_free(void *context)'),
  bufferOutput: library.declare<(context: NftContext) => number>('int nft_ctx_buffer_output(void *context)'),
  bufferError: library.declare<(context: NftContext) => number>('int nft_ctx_buffer_error(void *context)'),
  output: library.declare<(context: NftContext) => string>('const char *nft_ctx_get_output_buffer(void *context)'),
  error: library.declare<(context: NftContext) => string>('const char *nft_ctx_get_error_buffer(void *context)'),
  setOutputFlags: library.declare<(context: NftContext, flags: number) => void>(
    'void nft_ctx_output_set_flags(void *context, unsigned int flags)'
  ),
  run: library.declare<(context: NftContext, commands: string) => number>(
    'int nft_run_cmd_from_buffer(void *context, const char *commands)'
  )
}

/** Output flags of <nftables/libnftables.h>. */
const JSON_OUTPUT = 1 << 4
const NUMERIC_PROTOCOL = 1 << 7
const NUMERIC_PRIORITY = 1 << 8
const TERSE = 1 << 11
const OUTPUT = JSON_OUTPUT | NUMERIC_PROTOCOL | NUMERIC_PRIORITY

/**
 * A libnftables context whose netlink socket belongs to the network namespace of the calling thread, now and for good. Output is
 * JSON with protocols and priorities as numbers: names would depend on /etc/protocols, which slim images lack.
 */
export function createContext(): NftContext {
  const context = c.create(0)
  if (context === null)
    throw new EgressRouterError('EUNSUPPORTED', 'libnftables could not make a context', { hint: 'the kernel needs nf_tables' })
  c.bufferOutput(context)
  c.bufferError(context)
  c.setOutputFlags(context, OUTPUT)
  return context
}

/**
 * Runs commands (JSON or nft syntax) as one transaction. `status` is 0 for success; `error` holds the library's words. A terse listing
 * leaves out the elements of named sets.
 */
export function runCommands(
  context: NftContext,
  commands: string,
  { terse = false } = {}
): { status: number; output: string; error: string } {
  if (terse) c.setOutputFlags(context, OUTPUT | TERSE)
  try {
    const status = c.run(context, commands)
    return { status, output: c.output(context), error: c.error(context) }
  } finally {
    if (terse) c.setOutputFlags(context, OUTPUT)
  }
}

export const freeContext = (context: NftContext): void => c.free(context)
