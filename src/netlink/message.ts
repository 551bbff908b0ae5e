import { type AttributeTable, align, decodeAttributes, encodeAttributes, type Values, workplace, writeAttributes } from './attribute.ts'
import { CodecError } from './error.ts'
import { HEADER_SIZE, messageHeader } from './header.ts'
import type { Struct } from './struct.ts'

/** What an object's messages are made of: the family's fixed header and the attributes that follow it. */
export interface MessageFormat<H, T extends AttributeTable> {
  readonly header: Struct<H>
  readonly attributes: T
}

/** A message as it lies in a datagram: its header fields and everything behind them. */
export interface RawMessage {
  readonly type: number
  readonly flags: number
  readonly sequence: number
  readonly port: number
  readonly body: Uint8Array
}

/** Body of a message: the fixed header, padded, and the attributes. */
export function encodeBody<H, T extends AttributeTable>(format: MessageFormat<H, T>, header: Partial<H>, values: Values<T>): Uint8Array {
  const attributes = encodeAttributes(format.attributes, values)
  const start = align(format.header.size)
  const body = new Uint8Array(start + attributes.length)
  body.set(format.header.encode(header))
  body.set(attributes, start)
  return body
}

/** Errors: CodecError for a body that is too short or whose attributes are broken. */
export function decodeBody<H, T extends AttributeTable>(
  format: MessageFormat<H, T>,
  body: Uint8Array,
  whole = true
): { header: H; values: Values<T> } {
  const header = format.header.decode(body)
  return { header, values: decodeAttributes(format.attributes, body.subarray(Math.min(align(format.header.size), body.length)), whole) }
}

/** One whole message with its netlink header. */
export function encodeMessage(message: Omit<RawMessage, 'port'>): Uint8Array {
  const bytes = new Uint8Array(HEADER_SIZE + message.body.length)
  bytes.set(messageHeader.encode({ ...message, length: bytes.length, port: 0 }))
  bytes.set(message.body, HEADER_SIZE)
  return bytes
}

/** The same, made in the workplace at `at`; where it ends, padding left out. Errors: CodecError. */
export function writeRequest<H, T extends AttributeTable>(
  at: number,
  format: MessageFormat<H, T>,
  type: number,
  flags: number,
  sequence: number,
  header: Partial<H>,
  values: Values<T>
): number {
  const { bytes, view } = workplace
  const start = at + HEADER_SIZE + align(format.header.size)
  bytes.fill(0, at, start)
  format.header.writeInto(view, at + HEADER_SIZE, header)
  const end = writeAttributes(start, format.attributes, values)
  messageHeader.writeInto(view, at, { length: end - at, type, flags, sequence })
  return end
}

/** Every message of a datagram; the bodies are views into it. Errors: CodecError when a length cannot be. */
export function* splitDatagram(datagram: Uint8Array): Generator<RawMessage> {
  for (let offset = 0; offset < datagram.length; ) {
    const left = datagram.subarray(offset)
    const { length, type, flags, sequence, port } = messageHeader.decode(left)
    if (length < HEADER_SIZE || length > left.length) throw new CodecError(`a message of ${length} bytes where ${left.length} are left`)
    yield { type, flags, sequence, port, body: left.subarray(HEADER_SIZE, length) }
    offset += align(length)
  }
}
