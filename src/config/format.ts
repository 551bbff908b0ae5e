import type { LocalPort, Redirect, Source } from './shape.ts'

/** A redirect as its line of EGRESS_DESTINATION; the port of the target is left out where it is the same. */
export function formatRedirect({ protocol, port, destination }: Redirect): string {
  const target = 'address' in destination ? destination.address : destination.name
  return `${port} ${protocol} ${target}${destination.port === port ? '' : ` ${destination.port}`}`
}

/** `192.168.12.99/24 via 192.168.12.1`. */
export const formatSource = ({ address, prefix, gateway }: Source): string => `${address}/${prefix} via ${gateway}`

/** `8080/tcp`. */
export const formatLocalPort = ({ protocol, port }: LocalPort): string => `${port}/${protocol}`

/** `0x1000000/0x1000000`. */
export const formatMark = ({ mark, mask }: { readonly mark: number; readonly mask: number }): string =>
  `0x${mark.toString(16)}/0x${mask.toString(16)}`
