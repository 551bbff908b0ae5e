// As much of classic BPF as a filter of ours uses (Documentation/networking/filter.rst).

const PACKET_TYPE = 0xfffff004
const OUTGOING = 4

/** Whether a program lets a frame through. */
export function pass(program: Uint8Array, frame: Uint8Array, outgoing: boolean): boolean {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength)
  const packet = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  let accumulator = 0
  for (let at = 0; at < program.length; at += 8) {
    const [code, ifTrue, ifFalse, value] = [
      view.getUint16(at, true),
      view.getUint8(at + 2),
      view.getUint8(at + 3),
      view.getUint32(at + 4, true)
    ]
    if (code === 0x06) return value > 0
    if (code === 0x15) at += 8 * (accumulator === value ? ifTrue : ifFalse)
    else if (code !== 0x20) throw new RangeError(`instruction ${code}`)
    else if (value === PACKET_TYPE) accumulator = outgoing ? OUTGOING : 0
    // a load beyond the end drops the packet
    else if (value + 4 > frame.length) return false
    else accumulator = packet.getUint32(value)
  }
  throw new RangeError('the program ends without an answer')
}
