// The shim's request, however the socket cuts it, and whatever somebody else may send.
import fc from 'fast-check'
import t from 'tap'
import { FrameReader } from '../../src/cni/frame.ts'

function encode(variables: readonly string[], input: string): Buffer {
  const environment = Buffer.from(variables.map(entry => `${entry}\0`).join(''))
  const body = Buffer.from(input)
  const header = Buffer.alloc(12)
  header.write('ERC1')
  header.writeUInt32LE(environment.length, 4)
  header.writeUInt32LE(body.length, 8)
  return Buffer.concat([header, environment, body])
}

t.test('cut anywhere it is the same', async t => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.array(fc.integer({ min: 1, max: 20 })), (input, cuts) => {
      const bytes = encode(['CNI_COMMAND=ADD', 'CNI_ARGS=A=B;C='], input)
      const reader = new FrameReader()
      let at = 0
      for (const length of cuts) {
        if (at + length >= bytes.length) break
        if (reader.add(bytes.subarray(at, at + length)) !== undefined) throw new Error('too soon')
        at += length
      }
      const frame = reader.add(bytes.subarray(at))
      if (frame?.input !== Buffer.from(input).toString()) throw new Error('another input')
      if (frame.variables.get('CNI_ARGS') !== 'A=B;C=') throw new Error('other variables')
    })
  )
  t.pass()
})

t.test('anything else is refused or waits for more', async t => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 })), pieces => {
      const reader = new FrameReader()
      try {
        for (const piece of pieces) reader.add(Buffer.from(piece))
      } catch (error) {
        if (!/no request|too long|follows/.test((error as Error).message)) throw error
      }
    })
  )
  t.throws(() => new FrameReader().add(Buffer.from('GET / HTTP/1.1\r\n')), /no request/)
  const huge = encode([], '')
  huge.writeUInt32LE(0xffff_ffff, 8)
  t.throws(() => new FrameReader().add(huge), /too long/)
  t.throws(() => new FrameReader().add(Buffer.concat([encode([], 'x'), Buffer.from('y')])), /follows/)
})
