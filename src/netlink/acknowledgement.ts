import { EgressRouterError } from '../errors.ts'
import { errno, errnoName } from '../sys/errno.ts'
import { type AttributeTable, align, attribute, attributeAt, decodeAttributes } from './attribute.ts'
import { CodecError } from './error.ts'
import { HEADER_SIZE, messageHeader, NLM_F_ACK_TLVS, NLM_F_CAPPED } from './header.ts'
import type { RawMessage } from './message.ts'
import { raw, s32, text, u32 } from './payload.ts'

/** Attributes of an extended acknowledgement: NLMSGERR_ATTR_* of <linux/netlink.h>. */
export const acknowledgementAttributes = {
  message: attribute('NLMSGERR_ATTR_MSG', 1, text),
  offset: attribute('NLMSGERR_ATTR_OFFS', 2, u32),
  cookie: attribute('NLMSGERR_ATTR_COOKIE', 3, raw),
  policy: attribute('NLMSGERR_ATTR_POLICY', 4, raw),
  missingType: attribute('NLMSGERR_ATTR_MISS_TYPE', 5, u32),
  missingNest: attribute('NLMSGERR_ATTR_MISS_NEST', 6, u32)
} as const

export interface Acknowledgement {
  /** 0 for success, else the error number. */
  readonly errno: number
  /** The kernel's own words, when it has some. */
  readonly message?: string | undefined
  /** Where in the request the trouble is, counted from its netlink header. */
  readonly offset?: number | undefined
  /** Number of an attribute that is missing, and where the attribute lies that it should be in; without that, in the message itself. */
  readonly missingType?: number | undefined
  readonly missingNest?: number | undefined
}

/** Decodes the body of NLMSG_ERROR (struct nlmsgerr). Errors: CodecError. */
export function decodeAcknowledgement(message: RawMessage): Acknowledgement {
  const { body, flags } = message
  if (body.length < 4 + HEADER_SIZE) throw new CodecError(`an acknowledgement of ${body.length} bytes`)
  const { length } = messageHeader.decode(body.subarray(4))
  const copied = flags & NLM_F_CAPPED ? HEADER_SIZE : length
  if (!(flags & NLM_F_ACK_TLVS)) return decodeResult(body, undefined)
  if (copied < HEADER_SIZE || copied > body.length - 4)
    throw new CodecError(`an acknowledgement of ${body.length} bytes that says it holds a request of ${copied}`)
  return decodeResult(body, Math.min(4 + align(copied), body.length))
}

/** Decodes the body of NLMSG_DONE, which ends a dump: an error number, and what an acknowledgement has to say. Errors: CodecError. */
export function decodeDone({ body, flags }: RawMessage): Acknowledgement {
  // some families end without a number
  if (body.length < 4) return { errno: 0 }
  return decodeResult(body, flags & NLM_F_ACK_TLVS ? 4 : undefined)
}

function decodeResult(body: Uint8Array, attributesAt: number | undefined): Acknowledgement {
  // 0 minus, as the negative of 0 is another 0
  const result = { errno: 0 - (s32.decode(body.subarray(0, 4), {}) as number) }
  if (attributesAt === undefined) return result
  const { message, offset, missingType, missingNest } = decodeAttributes(acknowledgementAttributes, body.subarray(attributesAt))
  return { ...result, message, offset, missingType, missingNest }
}

/** A request that the kernel refused. */
export class NetlinkError extends EgressRouterError {
  /** The request as an operator would type it. */
  readonly request: string
  readonly errno: number
  /** The kernel's words from the extended acknowledgement. */
  readonly kernelMessage: string | undefined
  /** Kernel name of the attribute that it complains about. */
  readonly attribute: string | undefined

  constructor(
    request: string,
    errnoValue: number,
    options: { kernelMessage?: string | undefined; attribute?: string | undefined; hint?: string | undefined } = {}
  ) {
    const words = options.kernelMessage ? ` (kernel: "${options.kernelMessage}")` : ''
    const where = options.attribute ? ` at ${options.attribute}` : ''
    const denied = errnoValue === errno.EPERM
    super(denied ? 'ECAPABILITY' : 'ENETLINK', `${request}: ${errnoName(errnoValue)}${words}${where}`, {
      hint: options.hint ?? (denied ? needsNetAdmin : undefined)
    })
    this.request = request
    this.errno = errnoValue
    this.kernelMessage = options.kernelMessage
    this.attribute = options.attribute
  }
}

export const needsNetAdmin =
  'CAP_NET_ADMIN is missing; grant it with securityContext.capabilities.add: [NET_ADMIN, NET_RAW] (podman: --cap-add NET_ADMIN,NET_RAW)'

/** The error for a refused request: the acknowledgement's offset becomes the name of an attribute. */
export function refusal(
  command: string,
  acknowledgement: Acknowledgement,
  request: Uint8Array,
  format?: { header: { size: number }; attributes: AttributeTable }
): NetlinkError {
  const start = HEADER_SIZE + align(format?.header.size ?? 0)
  const { errno: number, message, offset, missingType, missingNest } = acknowledgement
  // the number of what is missing in a nest says nothing without the nest's table: then the nest is named
  const at = offset ?? missingNest
  let name: string | undefined
  if (format && at !== undefined && at >= start) name = attributeAt(format.attributes, request.subarray(start), at - start)
  if (format && name === undefined && missingType !== undefined && missingNest === undefined) name = nameOf(format.attributes, missingType)
  return new NetlinkError(command, number, { kernelMessage: message, attribute: name })
}

const nameOf = (table: AttributeTable, type: number) => Object.values(table).find(row => row.type === type)?.name
