import type { Address } from '../ip/address.ts'
import type { Family } from '../ip/family.ts'

export type Mode = 'legacy' | 'init' | 'http-proxy' | 'dns-proxy'
/** What follows the set-up: look after it, end, or become a program that only waits. */
export type After = 'stay' | 'exit' | 'pause'
export type Protocol = 'tcp' | 'udp' | 'sctp'
export type MacvlanMode = 'private' | 'bridge' | 'vepa' | 'passthru'
export type ConflictProbe = 'off' | 'fast' | 'rfc5227'

/** An address on a LAN with the length of its prefix. */
export interface HostAddress {
  readonly address: Address
  readonly prefix: number
}

/** A reserved source address, which traffic leaves with, and the next hop on its LAN. */
export interface Source extends HostAddress {
  readonly family: Family
  readonly gateway: Address
  /** More addresses of the family that the link carries. */
  readonly further?: readonly HostAddress[] | undefined
}

/** Where a redirect leads: an address, or a host name that is followed as its records change. */
export type Target = { readonly address: Address; readonly port: number } | { readonly name: string; readonly port: number }

/** Connections to `port` of the pod go to `destination`. */
export interface Redirect {
  readonly protocol: Protocol
  readonly port: number
  readonly destination: Target
}

/** Everything of the family that no redirect names goes here, to the same port. */
export interface Fallback {
  readonly family: Family
  readonly address: Address
}

/** A port that stays in the pod. */
export interface LocalPort {
  readonly protocol: Protocol
  readonly port: number
}

/** The numbers by which the kernel objects of ours are told apart from others'. */
export interface Numbers {
  /** Routing table of the redirected connections. */
  readonly table: number
  /** Packet and conntrack mark of a redirected connection, with the bits that belong to us. */
  readonly mark: number
  readonly mask: number
  /** Priority of the `fwmark` rule; the `from SOURCE` rules follow it at `priority + 1`. */
  readonly priority: number
  /** Routing protocol number that marks our routes, rules and addresses as ours. */
  readonly protocol: number
}

/** The one validated shape that environment, flags and file become. */
export interface EgressConfig {
  readonly mode: Mode
  /** In mode init always `exit`, in the proxy modes always `stay`. */
  readonly after: After
  readonly interface: string
  readonly clusterInterface: string
  /** Whether the user named the cluster link; when not, the link of the default route may stand in for `eth0`. */
  readonly clusterInterfaceGiven: boolean
  /** Parent on which the macvlan link is created when it does not exist. */
  readonly parent?: string | undefined
  readonly macvlanMode: MacvlanMode
  readonly mtu?: number | undefined
  /** How long to wait for the link to appear and for its carrier, in seconds. */
  readonly linkTimeout: number
  readonly conflictProbe: ConflictProbe
  readonly sources: readonly Source[]
  readonly redirects: readonly Redirect[]
  readonly fallbacks: readonly Fallback[]
  readonly localPorts: readonly LocalPort[]
  readonly numbers: Numbers
  /** File that holds the destinations, watched while the router runs. */
  readonly destinationFile?: string | undefined
  readonly debug: boolean
  /** `auto` is text on a terminal and JSON elsewhere. */
  readonly logFormat: 'auto' | 'json' | 'text'
}
