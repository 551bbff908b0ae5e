import { choice } from './choice.ts'
import { readDuration } from './duration.ts'
import { readLinkName } from './link-name.ts'
import { readLocalPort } from './local-ports.ts'
import { nearestHint } from './nearest.ts'
import { readMark, readTable, wholeNumber } from './numbers.ts'
import { prefixed, quote, Refusal, refuse } from './refusal.ts'
import type { Setting } from './setting.ts'
import type { Mode } from './shape.ts'
import { readGateway, readSourceAddress } from './source-address.ts'

const modes: readonly Mode[] = ['legacy', 'init', 'http-proxy', 'dns-proxy']

/** Every value that can be configured, in the order of the documentation. */
export const settings = {
  source: {
    key: 'source',
    variable: 'EGRESS_SOURCE',
    flag: '--source',
    value: 'ADDRESS[/PREFIX]',
    doc: 'reserved source address; one of each family, comma separated, for dual stack; without a prefix /32 or /128',
    separator: /,/,
    parse: text => unspecifiedOrInvalid('EGRESS_SOURCE', readSourceAddress(text))
  },
  gateway: {
    key: 'gateway',
    variable: 'EGRESS_GATEWAY',
    flag: '--gateway',
    value: 'ADDRESS',
    doc: 'next hop of the source on its LAN; one of each family, comma separated',
    separator: /,/,
    parse: text => unspecifiedOrInvalid('EGRESS_GATEWAY', readGateway(text))
  },
  destination: {
    key: 'destination',
    variable: 'EGRESS_DESTINATION',
    flag: '--destination',
    value: 'RULES',
    doc: 'redirects, a line each: PORT PROTOCOL TARGET [PORT]; last a fallback ADDRESS of each family',
    separator: /\n/,
    parse: text => text
  },
  destinationFile: {
    key: 'destinationFile',
    variable: 'EGRESS_DESTINATION_FILE',
    flag: '--destination-file',
    value: 'FILE',
    doc: 'file with the redirects, read in place of EGRESS_DESTINATION and watched while the router runs',
    parse: text => (text === '' ? refuse('the name of a file is missing') : text)
  },
  mode: {
    key: 'mode',
    variable: 'EGRESS_ROUTER_MODE',
    flag: '--mode',
    value: 'MODE',
    doc: 'legacy (set up and stay), init (set up and exit), http-proxy or dns-proxy',
    default: 'legacy',
    parse: readMode
  },
  after: {
    key: 'after',
    variable: 'EGRESS_AFTER',
    flag: '--after',
    value: 'WHAT',
    doc: 'what follows the set-up in mode legacy: stay (and repair what drifts), exit (as init), or pause (become a tiny program that waits for SIGTERM)',
    default: 'stay',
    parse: choice(['stay', 'exit', 'pause'])
  },
  debug: {
    key: 'debug',
    variable: 'EGRESS_ROUTER_DEBUG',
    flag: '--debug',
    doc: 'log in detail; any text but an empty one switches it on',
    default: '',
    parse: text => text !== ''
  },
  interface: {
    key: 'interface',
    variable: 'EGRESS_INTERFACE',
    flag: '--interface',
    value: 'LINK',
    doc: 'link that carries the source address',
    default: 'macvlan0',
    parse: readLinkName
  },
  clusterInterface: {
    key: 'clusterInterface',
    variable: 'EGRESS_CLUSTER_INTERFACE',
    flag: '--cluster-interface',
    value: 'LINK',
    doc: "link on which the cluster's connections come in; when it is not given and absent, the link of the default route",
    default: 'eth0',
    parse: readLinkName
  },
  parent: {
    key: 'parent',
    variable: 'EGRESS_PARENT',
    flag: '--parent',
    value: 'LINK',
    doc: 'parent on which the macvlan link is created when it does not exist; with --netns a link of the namespace that the command is started in, or else of the other',
    parse: readLinkName
  },
  macvlanMode: {
    key: 'macvlanMode',
    variable: 'EGRESS_MACVLAN_MODE',
    flag: '--macvlan-mode',
    value: 'MODE',
    doc: 'mode of a macvlan link that is created: private, bridge, vepa or passthru',
    default: 'private',
    parse: choice(['private', 'bridge', 'vepa', 'passthru'])
  },
  mtu: {
    key: 'mtu',
    variable: 'EGRESS_MTU',
    flag: '--mtu',
    value: 'BYTES',
    doc: "MTU of the link; without it the link's own stays",
    parse: wholeNumber(68, 65535)
  },
  linkTimeout: {
    key: 'linkTimeout',
    variable: 'EGRESS_LINK_TIMEOUT',
    flag: '--link-timeout',
    value: 'DURATION',
    doc: 'how long to wait for the link and its carrier: seconds, or 500ms, 60s, 2m',
    default: '60',
    parse: readDuration
  },
  conflictProbe: {
    key: 'conflictProbe',
    variable: 'EGRESS_CONFLICT_PROBE',
    flag: '--conflict-probe',
    value: 'KIND',
    doc: 'search for another holder of the source address before it is used: off, fast or rfc5227',
    default: 'fast',
    parse: choice(['off', 'fast', 'rfc5227'])
  },
  localPorts: {
    key: 'localPorts',
    variable: 'EGRESS_LOCAL_PORTS',
    flag: '--local-ports',
    value: 'PORT[/PROTOCOL]',
    doc: 'ports that stay in the pod, separated by commas or blanks; without a protocol TCP and UDP',
    separator: /[\s,]+/,
    parse: readLocalPort
  },
  logFormat: {
    key: 'logFormat',
    variable: 'EGRESS_LOG_FORMAT',
    flag: '--log-format',
    value: 'FORMAT',
    doc: 'auto (text on a terminal, JSON elsewhere), json or text',
    default: 'auto',
    parse: choice(['auto', 'json', 'text'])
  },
  table: {
    key: 'table',
    variable: 'EGRESS_TABLE',
    flag: '--table',
    value: 'NUMBER',
    doc: 'routing table of the redirected connections',
    default: '4242',
    parse: readTable
  },
  mark: {
    key: 'mark',
    variable: 'EGRESS_MARK',
    flag: '--mark',
    value: 'MARK[/MASK]',
    doc: 'mark of a redirected connection and the bits that belong to us; without a mask the bits of the mark',
    default: '0x1000000/0x1000000',
    parse: readMark
  },
  priority: {
    key: 'priority',
    variable: 'EGRESS_PRIORITY',
    flag: '--priority',
    value: 'NUMBER',
    doc: 'priority of our routing rules, this number and the next',
    default: '1000',
    // 0 is the rule of table local, 32766 that of table main: ours must stand between them, and there are two
    parse: wholeNumber(1, 32764)
  },
  protocol: {
    key: 'protocol',
    variable: 'EGRESS_PROTOCOL',
    flag: '--protocol',
    value: 'NUMBER',
    doc: 'routing protocol number that marks routes, rules and addresses as ours',
    default: '101',
    // up to 4 (static) they mean the kernel and the administrator, whose routes are not ours to remove
    parse: wholeNumber(5, 255)
  }
} as const satisfies Readonly<Record<string, Setting<unknown>>>

/** Name of a setting in the file, among the flags, and here. */
export type SettingKey = keyof typeof settings

export const settingKeys = Object.keys(settings) as readonly SettingKey[]

const unspecifiedOrInvalid = <T>(variable: string, result: T | Refusal) =>
  result instanceof Refusal ? prefixed(`${variable} unspecified or invalid: `, result) : result

function readMode(text: string): Mode | Refusal {
  const mode = modes.find(name => name === text)
  return mode ?? refuse(`Unrecognized EGRESS_ROUTER_MODE ${quote(text)}, known are ${modes.join(', ')}`, nearestHint(text, modes))
}
