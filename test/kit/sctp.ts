// Program: sends one SCTP INIT from a raw socket, for kernels that route SCTP but have no SCTP sockets.
// Usage: node sctp.ts ADDRESS PORT      (IPv4)
import koffi from 'koffi'

const [address = '', port = '0'] = process.argv.slice(2)
const libc = koffi.load('libc.so.6')
const socket = libc.func('int socket(int, int, int)')
const sendto = libc.func('long sendto(int, const uint8_t *, size_t, int, const uint8_t *, uint32_t)')

/** CRC32c, the checksum of SCTP. */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f6_3b78 : 0)
  }
  return ~crc >>> 0
}

const packet = Buffer.alloc(32)
packet.writeUInt16BE(40_000, 0) // source port
packet.writeUInt16BE(Number(port), 2)
packet.writeUInt8(1, 12) // chunk INIT
packet.writeUInt16BE(20, 14) // its length
packet.writeUInt32BE(0x1234_5678, 16) // initiate tag
packet.writeUInt32BE(65_536, 20) // window
packet.writeUInt16BE(1, 24) // streams out
packet.writeUInt16BE(1, 26) // and in
packet.writeUInt32LE(crc32c(packet), 8)

const [AF_INET, SOCK_RAW, IPPROTO_SCTP] = [2, 3, 132]
const to = Buffer.alloc(16)
to.writeUInt16LE(AF_INET, 0)
to.set(address.split('.').map(Number), 4)
const sent = sendto(socket(AF_INET, SOCK_RAW, IPPROTO_SCTP), packet, packet.length, 0, to, to.length)
if (sent !== packet.length) throw new Error(`sendto gave ${sent}`)
