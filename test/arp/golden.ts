// Frames as Linux itself sends them, captured with `tcpdump -xx` on the other end of a veth with the address 02:00:00:00:00:01.

const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(text.replaceAll(/\s/g, '').match(/../g) ?? [], pair => Number.parseInt(pair, 16))

/** arp_notify=1, then `ip addr add 192.168.12.99/24 dev p0; ip link set p0 up`. */
export const announcement = bytesOf(`
  ffff ffff ffff 0200 0000 0001 0806 0001 0800 0604 0001 0200 0000 0001 c0a8 0c63 0000 0000 0000 c0a8 0c63`)

/** `ping 192.168.12.1` from 192.168.12.99. */
export const request = bytesOf(`
  ffff ffff ffff 0200 0000 0001 0806 0001 0800 0604 0001 0200 0000 0001 c0a8 0c63 0000 0000 0000 c0a8 0c01`)

/** ndisc_notify=1, then `ip addr add fd00:12::99/64 dev p0 nodad; ip link set p0 up`. */
export const advertisement = bytesOf(`
  3333 0000 0001 0200 0000 0001 86dd 6000 0000 0020 3aff fd00 0012 0000 0000 0000 0000 0000 0099 ff02 0000 0000 0000 0000
  0000 0000 0001 8800 5947 2000 0000 fd00 0012 0000 0000 0000 0000 0000 0099 0201 0200 0000 0001`)

/** `ping fd00:12::1` from fd00:12::99. */
export const solicitation = bytesOf(`
  3333 ff00 0001 0200 0000 0001 86dd 6000 0000 0020 3aff fd00 0012 0000 0000 0000 0000 0000 0099 ff02 0000 0000 0000 0000
  0001 ff00 0001 8700 7cdd 0000 0000 fd00 0012 0000 0000 0000 0000 0000 0001 0101 0200 0000 0001`)

/** RFC 5227 section 1.1: all-zero sender address; section 2.1.1: the target's hardware address should be zero too. */
export const probe = bytesOf(`
  ffff ffff ffff 0200 0000 0001 0806 0001 0800 0604 0001 0200 0000 0001 0000 0000 0000 0000 0000 c0a8 0c63`)

/** The reply form of an announcement: sender and target are the same. */
export const reply = bytesOf(`
  ffff ffff ffff 0200 0000 0001 0806 0001 0800 0604 0002 0200 0000 0001 c0a8 0c63 0200 0000 0001 c0a8 0c63`)
