/** What the shim sends: see native/cni-shim/shim.c for the form. */
export interface Frame {
  readonly variables: ReadonlyMap<string, string>
  readonly input: string
}

const MAGIC = 'ERC1'
const HEADER = 12

/** The shim takes no more; an environment is limited by the kernel. */
const LARGEST_INPUT = 8 * 1024 * 1024
const LARGEST_ENVIRONMENT = 2 * 1024 * 1024

/** Collects the pieces of one request. */
export class FrameReader {
  #pieces: Buffer[] = []
  #length = 0

  /** Gives the request when its last piece is there. Errors: an Error for what is no request. */
  add(piece: Buffer): Frame | undefined {
    this.#pieces.push(piece)
    this.#length += piece.length
    if (this.#length < HEADER) return undefined
    const [first] = this.#pieces
    // joined again only when a header is spread over pieces, or when everything is there
    const header = first && first.length >= HEADER ? first : this.#join()
    if (header.toString('latin1', 0, 4) !== MAGIC) throw new Error('this is no request of a CNI shim of our version')
    const environment = header.readUInt32LE(4)
    const input = header.readUInt32LE(8)
    if (environment > LARGEST_ENVIRONMENT || input > LARGEST_INPUT) throw new Error('the request is too long')
    const whole = HEADER + environment + input
    if (this.#length < whole) return undefined
    if (this.#length > whole) throw new Error('something follows the request')
    const bytes = this.#join()
    return {
      variables: readVariables(bytes.toString('utf8', HEADER, HEADER + environment)),
      input: bytes.toString('utf8', HEADER + environment)
    }
  }

  #join(): Buffer {
    const joined = Buffer.concat(this.#pieces)
    this.#pieces = [joined]
    return joined
  }
}

function readVariables(text: string): Map<string, string> {
  const variables = new Map<string, string>()
  for (const entry of text.split('\0')) {
    const at = entry.indexOf('=')
    if (at > 0) variables.set(entry.slice(0, at), entry.slice(at + 1))
  }
  return variables
}

/** What the shim is to print, and its exit code. */
export function encodeAnswer(code: number, text: string): Buffer {
  const body = Buffer.from(text)
  const header = Buffer.alloc(8)
  header.writeUInt32LE(code, 0)
  header.writeUInt32LE(body.length, 4)
  return Buffer.concat([header, body])
}
