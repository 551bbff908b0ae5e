/** A link-layer address as text, lower case: `02:00:0a:80:00:01`. */
export type Mac = string

/** Text of a link-layer address of any length. */
export const formatMac = (bytes: Uint8Array): Mac => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(':')

/** Bytes of a link-layer address. */
export const macBytes = (mac: Mac): Uint8Array => Uint8Array.from(mac.split(':'), part => Number.parseInt(part, 16))
